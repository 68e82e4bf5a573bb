/** Attention and its gradients in float64, pair by pair: what rounding is measured against. */
import { type Pattern, visible } from "@attention-lab/ops";

export interface OracleCall {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly pattern: Pattern;
}

export interface OracleTensors {
  readonly q: Float64Array; // [H,N,D]
  readonly k: Float64Array; // [H,M,D]
  readonly v: Float64Array; // [H,M,D]
  readonly dOut: Float64Array; // [H,N,D]
}

const at = (values: Float64Array, i: number): number => values[i] ?? Number.NaN;

/** out [H,N,D], and the gradients of the sum of out * dOut. */
export function attentionInDoubles(call: OracleCall, tensors: OracleTensors): Float64Array[] {
  const { heads, queries, keys, width } = call;
  const { q, k, v, dOut } = tensors;
  const [out, dq] = [new Float64Array(q.length), new Float64Array(q.length)];
  const [dk, dv] = [new Float64Array(k.length), new Float64Array(v.length)];
  const scale = width ** -0.5;
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < queries; query++) {
      const row = (head * queries + query) * width;
      const seen = Array.from({ length: keys }, (_, key) => key).filter((key) =>
        visible(call.pattern, { head, query, key, queryOffset: 0, globalKey: false }),
      );
      const place = (key: number): number => (head * keys + key) * width;
      const dot = (a: Float64Array, i: number, b: Float64Array, j: number): number => {
        let sum = 0;
        for (let d = 0; d < width; d++) sum += at(a, i + d) * at(b, j + d);
        return sum;
      };
      const scores = seen.map((key) => scale * dot(q, row, k, place(key)));
      const top = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      const weights = scores.map((score) => Math.exp(score - top) / total);
      const products = seen.map((key) => dot(dOut, row, v, place(key)));
      const mean = weights.reduce((sum, weight, i) => sum + weight * (products[i] ?? Number.NaN), 0);
      seen.forEach((key, i) => {
        const weight = weights[i] ?? Number.NaN;
        const slope = scale * weight * ((products[i] ?? Number.NaN) - mean);
        for (let d = 0; d < width; d++) {
          const j = place(key) + d;
          out[row + d] = at(out, row + d) + weight * at(v, j);
          dq[row + d] = at(dq, row + d) + slope * at(k, j);
          dk[j] = at(dk, j) + slope * at(q, row + d);
          dv[j] = at(dv, j) + weight * at(dOut, row + d);
        }
      });
    }
  }
  return [out, dq, dk, dv];
}
