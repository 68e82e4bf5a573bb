/** Plain float64 loops of every operation: slow, obvious, and shared by the tests of compositions and kernels. */
import { visible, type Pattern } from "../src/index.ts";

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
}
export interface AttentionSetting {
  readonly pattern: Pattern;
  readonly scale: number;
  readonly queryOffset: number;
  readonly globals?: readonly (readonly number[])[] | undefined;
  readonly keyPadding?: readonly number[] | undefined;
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? NaN;

/** [B,H,N,M]; bias is [H,N+M-1]. */
export function attentionScores(
  shape: AttentionShape,
  set: AttentionSetting,
  q: Float64Array,
  k: Float64Array,
  bias?: Float64Array,
): number[] {
  const { batch, heads, keyHeads, queries, keys, width } = shape;
  const scores: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor((h * keyHeads) / heads);
      for (let i = 0; i < queries; i++) {
        for (let j = 0; j < keys; j++) {
          const globalKey = set.globals?.[b]?.includes(j) ?? false;
          const seen = visible(set.pattern, { head: h, query: i, key: j, queryOffset: set.queryOffset, globalKey });
          let score = bias === undefined ? 0 : at(bias, h * (queries + keys - 1) + j - i + queries - 1);
          for (let d = 0; d < width; d++) {
            score +=
              set.scale *
              at(q, ((b * heads + h) * queries + i) * width + d) *
              at(k, ((b * keyHeads + shared) * keys + j) * width + d);
          }
          scores.push(
            seen && (set.keyPadding === undefined || at(set.keyPadding, b * keys + j) === 1) ? score : -Infinity,
          );
        }
      }
    }
  }
  return scores;
}

/** Natural logarithm of each row's sum of exponentials; -Infinity for a row that sees nothing. */
export function rowLogSumExp(scores: ArrayLike<number>, keys: number): number[] {
  return Array.from({ length: scores.length / keys }, (_, row) => {
    let total = 0;
    for (let j = 0; j < keys; j++) total += Math.exp(at(scores, row * keys + j));
    return Math.log(total);
  });
}

export function softmaxRows(scores: ArrayLike<number>, keys: number): number[] {
  const logSumExp = rowLogSumExp(scores, keys);
  return Array.from(scores, (score, index) =>
    score === -Infinity ? 0 : Math.exp(score - at(logSumExp, Math.floor(index / keys))),
  );
}

/** weights [B,H,N,M] times v [B,KH,M,Dv] -> [B,H,N,Dv]. */
export function weighted(shape: AttentionShape, weights: ArrayLike<number>, v: Float64Array): number[] {
  const { batch, heads, keyHeads, queries, keys, valueWidth } = shape;
  const out: number[] = [];
  for (let row = 0; row < batch * heads * queries; row++) {
    const [b, h] = [Math.floor(row / (heads * queries)), Math.floor(row / queries) % heads];
    const shared = b * keyHeads + Math.floor((h * keyHeads) / heads);
    for (let d = 0; d < valueWidth; d++) {
      let total = 0;
      for (let j = 0; j < keys; j++) total += at(weights, row * keys + j) * at(v, (shared * keys + j) * valueWidth + d);
      out.push(total);
    }
  }
  return out;
}

export function attention(
  shape: AttentionShape,
  set: AttentionSetting,
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  bias?: Float64Array,
): number[] {
  return weighted(shape, softmaxRows(attentionScores(shape, set, q, k, bias), shape.keys), v);
}

/** The products qf_i . kf_j, masked, and their row sums plus epsilon. */
export function featureRows(
  shape: AttentionShape,
  causal: boolean,
  epsilon: number,
  qf: Float64Array,
  kf: Float64Array,
): { products: number[]; denominators: number[] } {
  const scores = attentionScores(shape, { pattern: { causal }, scale: 1, queryOffset: 0 }, qf, kf);
  const products = scores.map((score) => (score === -Infinity ? 0 : score));
  const denominators = Array.from({ length: products.length / shape.keys }, (_, row) =>
    products.slice(row * shape.keys, (row + 1) * shape.keys).reduce((a, b) => a + b, epsilon),
  );
  return { products, denominators };
}

export function featureAttention(
  shape: AttentionShape,
  causal: boolean,
  epsilon: number,
  qf: Float64Array,
  kf: Float64Array,
  v: Float64Array,
): number[] {
  const { products, denominators } = featureRows(shape, causal, epsilon, qf, kf);
  return weighted(
    shape,
    products.map((product, index) => product / at(denominators, Math.floor(index / shape.keys))),
    v,
  );
}

/** x [R,I], w [I,O], b [O] -> [R,O]. */
export function affine(inputs: number, outputs: number, x: Float64Array, w: Float64Array, b?: Float64Array): number[] {
  return Array.from({ length: (x.length / inputs) * outputs }, (_, index) => {
    let total = b === undefined ? 0 : at(b, index % outputs);
    for (let t = 0; t < inputs; t++)
      total += at(x, Math.floor(index / outputs) * inputs + t) * at(w, t * outputs + (index % outputs));
    return total;
  });
}

/** erf by its series without cancellation: 2 / sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!. */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 300; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

export const activations = {
  geluErf: (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x: number): number => Math.max(0, x),
} as const;

/** Mean and reciprocal standard deviation of each row. */
export function rowStatistics(x: Float64Array, width: number, epsilon: number): { mean: number; scale: number }[] {
  return Array.from({ length: x.length / width }, (_, row) => {
    const values = Array.from(x.subarray(row * width, (row + 1) * width));
    const mean = values.reduce((a, b) => a + b, 0) / width;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
    return { mean, scale: 1 / Math.sqrt(variance + epsilon) };
  });
}

export function layerNorm(
  width: number,
  epsilon: number,
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
): number[] {
  const statistics = rowStatistics(x, width, epsilon);
  return Array.from(x, (value, index) => {
    const { mean, scale } = statistics[Math.floor(index / width)] ?? { mean: NaN, scale: NaN };
    return (value - mean) * scale * at(gamma, index % width) + at(beta, index % width);
  });
}

/** Mean over rows with a label of at least 0; `smoothing` spreads that share of the target over all classes. */
export function crossEntropy(logits: Float64Array, labels: readonly number[], smoothing = 0): number {
  const classes = logits.length / labels.length;
  const logSumExp = rowLogSumExp(logits, classes);
  let [total, counted] = [0, 0];
  for (const [row, label] of labels.entries()) {
    if (label < 0) continue;
    counted++;
    for (let c = 0; c < classes; c++) {
      const target = smoothing / classes + (c === label ? 1 - smoothing : 0);
      total += target * (at(logSumExp, row) - at(logits, row * classes + c));
    }
  }
  return counted === 0 ? 0 : total / counted;
}
