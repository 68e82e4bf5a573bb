/** Random features by definition in float64. Maxima are constants of the differentiation, so they are found first and then held. */
import type { RandomFeaturesAttributes } from "../src/index.ts";

export interface RandomFeatureSetting extends RandomFeaturesAttributes {
  readonly shape: readonly number[]; // [B,H,L,D]
  readonly directions: number;
  /** [B,L] */
  readonly keyPadding?: ArrayLike<number>;
}

interface Row {
  readonly u: number[];
  readonly h: number;
  readonly real: number;
}

function rowsOf(
  { shape, directions, scale, keyPadding }: RandomFeatureSetting,
  x: Float64Array,
  w: Float64Array,
): Row[] {
  const [, heads = 1, length = 1, width = 1] = shape;
  return Array.from({ length: x.length / width }, (_, r) => {
    const values = x.subarray(r * width, (r + 1) * width);
    const u = Array.from({ length: directions }, (_, f) =>
      values.reduce((sum, value, d) => sum + value * (w[f * width + d] ?? NaN) * Math.sqrt(scale), 0),
    );
    const h = (values.reduce((sum, value) => sum + value * value, 0) * scale) / 2;
    return { u, h, real: keyPadding?.[Math.floor(r / length / heads) * length + (r % length)] ?? 1 };
  });
}

/** What each row subtracts. */
export function boundsOf(setting: RandomFeatureSetting, x: Float64Array, w: Float64Array): number[] {
  const { map, bound, shape } = setting;
  const rows = rowsOf(setting, x, w);
  const length = shape[2] ?? 1;
  const sizes = rows.map(({ u, h }) => (map === "trigonometric" ? h : Math.max(...u)));
  return sizes.map((size, r) => {
    if (typeof bound === "number") return bound;
    if (bound === "row") return size;
    const start = r - (r % length);
    const real = sizes.slice(start, start + length).filter((_, i) => rows[start + i]?.real === 1);
    return real.length === 0 ? 0 : Math.max(...real);
  });
}

export function randomFeatures(
  setting: RandomFeatureSetting,
  x: Float64Array,
  w: Float64Array,
  bounds = boundsOf(setting, x, w),
): number[] {
  const { map, bound, epsilon, directions } = setting;
  const divisor = Math.sqrt(directions);
  return rowsOf(setting, x, w).flatMap(({ u, h, real }, r) => {
    const shift = bounds[r] ?? NaN;
    if (map === "relu") return u.map((value) => Math.max(0, value) + epsilon);
    if (map === "positive") return u.map((value) => (Math.exp(value - h - shift) + epsilon) / divisor);
    const seen = typeof bound === "number" ? Math.min(h * real, 60) : h * real;
    const factor = (bound === "row" ? 1 : Math.exp(seen - shift)) / divisor;
    return [...u.map((value) => factor * Math.cos(value)), ...u.map((value) => factor * Math.sin(value))];
  });
}
