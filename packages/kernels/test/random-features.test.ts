import { describe, expect, it } from "vitest";
import type { Engine, RandomFeaturesGradientCall } from "../src/index.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

type Setting = Pick<RandomFeaturesGradientCall, "length" | "width" | "directions" | "map" | "bound"> & {
  readonly padded?: boolean;
};
const sizes = [
  { length: 1, width: 4, directions: 3 },
  { length: 7, width: 16, directions: 32 },
  { length: 100, width: 13, directions: 37 },
  { length: 97, width: 64, directions: 256 },
];
const bounds = ["row", "sequence", 1.5] as const;
const settings: Setting[] = [
  ...sizes.flatMap((size) => [
    ...bounds.map((bound) => ({ ...size, map: "positive" as const, bound })),
    ...bounds.map((bound) => ({ ...size, map: "trigonometric" as const, bound })),
    { ...size, map: "relu" as const, bound: 0 },
  ]),
  { length: 70, width: 8, directions: 12, map: "positive", bound: "sequence", padded: true },
  { length: 70, width: 8, directions: 12, map: "trigonometric", bound: "sequence", padded: true },
  { length: 70, width: 8, directions: 12, map: "trigonometric", bound: 0, padded: true },
];
const nameOf = ({ map, bound, length, directions, padded }: Setting) =>
  `${map} ${bound} ${length} x ${directions}${padded === true ? " padded" : ""}`;

function makeCall(setting: Setting): RandomFeaturesGradientCall {
  const { length, width, directions, map, padded } = setting;
  const [batch, heads] = [2, 2];
  const rows = batch * heads * length;
  const columns = map === "trigonometric" ? 2 * directions : directions;
  // The second batch row is all padding.
  const padding = Float32Array.from({ length: batch * length }, (_, i) => (i < length && i % 3 !== 1 ? 1 : 0));
  return {
    ...setting,
    batch,
    heads,
    scale: 0.5,
    epsilon: map === "trigonometric" ? 0 : 1e-4,
    x: randomArray(1, rows * width, 0.6),
    w: randomArray(2, directions * width, 0.5),
    ...(padded === true && { padding }),
    y: unwritten(rows * columns),
    dy: randomArray(3, rows * columns),
    dx: unwritten(rows * width),
  };
}

/** The definitions in float64; the bound of the differentiation is a constant. */
function reference(c: RandomFeaturesGradientCall) {
  const { batch, heads, length, width: D, directions: F, map, scale, bound, epsilon, padding } = c;
  const columns = map === "trigonometric" ? 2 * F : F;
  const [y, dx] = [new Float64Array(c.y.length), new Float64Array(c.dx.length)];
  const realAt = (row: number) => padding?.[Math.floor(row / length / heads) * length + (row % length)] ?? 1;
  const root = Math.sqrt(scale);
  const us = Array.from({ length: batch * heads * length }, (_, r) =>
    Array.from({ length: F }, (_, f) => {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += c.w[f * D + d]! * c.x[r * D + d]!;
      return sum * root;
    }),
  );
  const hs = us.map((_, r) => (c.x.subarray(r * D, r * D + D).reduce((total, x) => total + x * x, 0) * scale) / 2);
  const sizesOf = map === "positive" ? us.map((row) => Math.max(...row)) : hs;
  for (const [r, u] of us.entries()) {
    const start = r - (r % length);
    const real = sizesOf.slice(start, start + length).filter((_, i) => realAt(start + i) === 1);
    const largest = real.length === 0 ? 0 : Math.max(...real);
    const shift = bound === "row" ? sizesOf[r]! : bound === "sequence" ? largest : bound;
    let slope = 0;
    for (let f = 0; f < F; f++) {
      const at = r * columns + f;
      let du = 0;
      if (map === "positive") {
        const e = Math.exp(u[f]! - hs[r]! - shift) / Math.sqrt(F);
        y[at] = e + epsilon / Math.sqrt(F);
        du = c.dy[at]! * e;
        slope -= du;
      } else if (map === "relu") {
        y[at] = Math.max(0, u[f]!) + epsilon;
        du = u[f]! > 0 ? c.dy[at]! : 0;
      } else {
        const half = hs[r]! * realAt(r);
        const exponent = bound === "row" ? 0 : typeof bound === "number" ? Math.min(half, 60) - bound : half - shift;
        const [C, S] = [Math.cos(u[f]!), Math.sin(u[f]!)].map((wave) => (wave * Math.exp(exponent)) / Math.sqrt(F));
        [y[at], y[at + F]] = [C!, S!];
        du = c.dy[at + F]! * C! - c.dy[at]! * S!;
        slope += bound === "row" ? 0 : realAt(r) * (c.dy[at]! * C! + c.dy[at + F]! * S!);
      }
      for (let d = 0; d < D; d++) dx[r * D + d]! += du * root * c.w[f * D + d]!;
    }
    for (let d = 0; d < D; d++) dx[r * D + d]! += slope * scale * c.x[r * D + d]!;
  }
  return { y, dx };
}

function runOn(engine: Engine, setting: Setting): RandomFeaturesGradientCall {
  const call = makeCall(setting);
  engine.randomFeatures(call);
  engine.randomFeaturesGradient(call);
  return call;
}

describe.each(engines)("random features on $label", ({ load }) => {
  it.each(settings.map((setting) => [nameOf(setting), setting] as const))("%s: equal float64", async (_, setting) => {
    const got = runOn(await load(), setting);
    const wanted = reference(got);
    expect(relativeError(got.y, wanted.y)).toBeLessThan(1e-5);
    expect(relativeError(got.dx, wanted.dx)).toBeLessThan(1e-5);
  });

  it.each(bounds)("gives the same bits for 1, 2 and 4 threads, bound %s", async (bound) => {
    const setting = { length: 500, width: 32, directions: 64, map: "positive" as const, bound };
    const one = runOn(await load(1), setting);
    for (const threads of [2, 4]) {
      const many = runOn(await load(threads), setting);
      expect(sameBits(many.y, one.y) && sameBits(many.dx, one.dx)).toBe(true);
    }
  });

  it("lets no row see a later one without a bound over the sequence", async () => {
    const setting = { length: 100, width: 8, directions: 16, map: "positive" as const, bound: 0 };
    const engine = await load();
    const before = runOn(engine, setting);
    const changed = makeCall(setting);
    changed.x.fill(7, 8 * 60, 8 * 100);
    engine.randomFeatures(changed);
    expect(changed.y.slice(0, 16 * 60)).toEqual(before.y.slice(0, 16 * 60));
  });

  it("refuses bad calls in a sentence", async () => {
    const engine = await load();
    const call = makeCall({ length: 5, width: 4, directions: 3, map: "positive", bound: "row" });
    expect(() => engine.randomFeatures({ ...call, scale: 0 })).toThrow("scale must be above 0, got 0");
    expect(() => engine.randomFeatures({ ...call, bound: Number.NaN })).toThrow("bound must be finite, got NaN");
    expect(() => engine.randomFeatures({ ...call, y: new Float32Array(3) })).toThrow("y must hold 60 numbers, got 3");
    expect(() => engine.randomFeatures({ ...call, map: "tanh" as "relu" })).toThrow("got tanh");
  });
});
