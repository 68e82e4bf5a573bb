import { featureOracle, type Oracle, type OracleCall } from "@attention-lab/attention/testkit";
import { deriveSeed } from "@attention-lab/tensors";
import { gaussian, keyBound, orthogonalGaussian, type PerformerOptions } from "../src/index.ts";

/** Every option spelled out: the oracle has no defaults. */
export type OracleOptions = Required<Omit<PerformerOptions, "draw">>;

/** The definition of Performer in float64, one vector at a time. */
export function oracleOf({ features, map, orthogonal, epsilon, keySumEpsilon }: OracleOptions): Oracle {
  const frozen = frozenBounds();
  const draw = orthogonal ? orthogonalGaussian : gaussian;
  const drawn = new Map<string, Float32Array>();
  return (call) => {
    const { headDim: d, scale, causal, seed } = call.site;
    const values = drawn.get(`${seed},${d}`) ?? draw(deriveSeed(seed, "performer projection", 0), features, d);
    drawn.set(`${seed},${d}`, values);
    const directions = Array.from({ length: features }, (_, r) => values.subarray(r * d, (r + 1) * d));
    const boundOf = frozen(call);
    return featureOracle(call, {
      epsilon: keySumEpsilon,
      map(rows, { role, real }) {
        const vectors = rows.map((row) => row.map((x) => x * Math.sqrt(scale)));
        const along = vectors.map((x) => directions.map((w) => dot(w, x)));
        const products = map === "hyperbolic" ? along.map((row) => [...row, ...row.map((u) => -u)]) : along;
        const halves = vectors.map((x) => dot(x, x) / 2);
        const perRow = role === "query";
        if (map === "relu") return products.map((row) => Float64Array.from(row, (u) => Math.max(0, u) + epsilon));
        if (map === "trigonometric") {
          const bounds = boundOf(halves.map(() => (perRow || causal ? 0 : largest(halves, real))));
          return products.map((row, i) => {
            const factor = perRow ? 1 : Math.exp(Math.min((halves[i] ?? 0) - (bounds[i] ?? 0), 60));
            return Float64Array.from(
              [...row.map(Math.cos), ...row.map(Math.sin)],
              (wave) => (factor * wave) / Math.sqrt(features),
            );
          });
        }
        const maxima = products.map((row) => Math.max(...row));
        const ofKeys = causal ? keyBound(values, d) : largest(maxima, real);
        const bounds = boundOf(maxima.map((maximum) => (perRow ? maximum : ofKeys)));
        const phi = products.map((row, i) => {
          const shift = (halves[i] ?? 0) + (bounds[i] ?? 0);
          return Float64Array.from(row, (u) => (Math.exp(u - shift) + epsilon) / Math.sqrt(row.length));
        });
        if (!perRow || keySumEpsilon === 0) return phi;
        return phi.map((row) => row.map((x) => x / row.reduce((total, y) => total + y, 0)));
      },
    });
  };
}

function largest(values: readonly number[], real: readonly boolean[]): number {
  return Math.max(...values.filter((_, i) => real[i]));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((total, x, i) => total + x * (b[i] ?? 0), 0);
}

/**
 * Bounds are constants of the differentiation (the authors stop gradients there), so the finite differences of one check must all see those
 * of its first call. Checks differ in the layer's input, which no check of q, k or v nudges, or in the padding.
 */
function frozenBounds() {
  const seen = new WeakMap<object, Map<object | undefined, number[][]>>();
  return ({ input, keyPadding }: OracleCall) => {
    const byPadding = seen.get(input) ?? new Map<object | undefined, number[][]>();
    seen.set(input, byPadding);
    const bounds = byPadding.get(keyPadding) ?? [];
    byPadding.set(keyPadding, bounds);
    let turn = 0;
    return (fresh: number[]) => (bounds[turn++] ??= fresh);
  };
}
