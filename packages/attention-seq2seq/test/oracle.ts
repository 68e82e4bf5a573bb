import {
  at,
  dot,
  type Grid,
  gridOf,
  keyHead,
  type Oracle,
  type OracleCall,
  rowsOf,
} from "@attention-lab/attention/testkit";
import type { LuongOptions } from "../src/index.ts";

type Score = (head: number, query: Float64Array, key: Float64Array) => number;

/** out_i = sum_j softmax_j(score(q_i, k_j)) v_j in float64; a query that sees no key returns 0. */
function scoredOracle(call: OracleCall, score: Score): Grid {
  const { q, k, v, site, queryOffset, keyPadding } = call;
  const [batch = 0, heads = 0, queries = 0] = q.shape;
  const width = v.shape[3] ?? 0;
  const out = gridOf([batch, heads, queries, width], () => 0);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const values = rowsOf(v, b, keyHead(site, h));
      const keys = rowsOf(k, b, keyHead(site, h)).map((key, j) => ({ key, j }));
      for (const [i, query] of rowsOf(q, b, h).entries()) {
        const seen = keys.filter(
          ({ j }) => (keyPadding === undefined || at(keyPadding, b, j) === 1) && (!site.causal || j <= i + queryOffset),
        );
        const weights = seen.map(({ key, j }) => ({ weight: Math.exp(score(h, query, key)), j }));
        const total = weights.reduce((sum, { weight }) => sum + weight, 0);
        for (let d = 0; d < width; d++) {
          const mean = weights.reduce((sum, { weight, j }) => sum + (weight / total) * (values[j]?.[d] ?? 0), 0);
          out.values[((b * heads + h) * queries + i) * width + d] = mean;
        }
      }
    }
  }
  return out;
}

/** x times the head's matrix, by its columns. */
function times(x: Float64Array, matrix: Grid, head: number, firstRow = 0): number[] {
  return Array.from({ length: matrix.shape[2] ?? 0 }, (_, a) =>
    x.reduce((sum, value, d) => sum + value * at(matrix, head, firstRow + d, a), 0),
  );
}

function vectorOf({ parameters }: OracleCall, name: string): Grid {
  const found = parameters[name];
  if (found === undefined) throw new RangeError(`oracle: there must be a parameter ${name}, got none`);
  return found;
}

/** v . tanh(a + b (+ c)). */
function additive(vector: Float64Array, a: readonly number[], b: readonly number[], c?: Float64Array): number {
  return vector.reduce((sum, v, i) => sum + v * Math.tanh((a[i] ?? 0) + (b[i] ?? 0) + (c?.[i] ?? 0)), 0);
}

const rowOf = ({ shape, values }: Grid, head: number) =>
  values.slice(head * (shape[1] ?? 0), (head + 1) * (shape[1] ?? 0));

export const bahdanauOracle: Oracle = (call) => {
  const [query, key, vector] = ["query.weight", "key.weight", "score.weight"].map((name) => vectorOf(call, name)) as [
    Grid,
    Grid,
    Grid,
  ];
  const { bias } = call.parameters;
  return scoredOracle(call, (h, s, k) =>
    additive(rowOf(vector, h), times(s, query, h), times(k, key, h), bias && rowOf(bias, h)),
  );
};

export function luongOracle({ score }: LuongOptions): Oracle {
  switch (score) {
    case "dot":
      return (call) => {
        const { scale } = call.parameters;
        return scoredOracle(call, (h, q, k) => (scale?.values[h] ?? 1) * dot(q, k));
      };
    case "general":
      return (call) =>
        scoredOracle(call, (h, q, k) => dot(Float64Array.from(times(q, vectorOf(call, "score.weight"), h)), k));
    case "concat":
      return (call) => {
        const [weight, vector] = [vectorOf(call, "concat.weight"), vectorOf(call, "score.weight")];
        return scoredOracle(call, (h, q, k) =>
          additive(rowOf(vector, h), times(q, weight, h), times(k, weight, h, q.length)),
        );
      };
  }
}
