import type { Attention } from "@attention-lab/attention";
import {
  at,
  type Grid,
  gridOf,
  keyHead,
  type Oracle,
  type OracleCall,
  patternOracle,
} from "@attention-lab/attention/testkit";

/** Exact softmax over the declared pattern, and the rows of global queries through their own projections, in float64. */
export function oracleOf(attention: Attention): Oracle {
  const local = patternOracle(attention);
  return (call) => {
    const out = local(call);
    const [, heads = 0, queries = 0, width = 0] = out.shape;
    for (const [b, positions] of (call.globals ?? []).entries()) {
      for (const position of positions) {
        for (let h = 0; h < heads; h++) {
          const row = globalRow(call, { b, h, position, width });
          out.values.set(row, ((b * heads + h) * queries + position) * width);
        }
      }
    }
    return out;
  };
}

interface Row {
  readonly b: number;
  readonly h: number;
  readonly position: number;
  readonly width: number;
}

function globalRow(call: OracleCall, { b, h, position, width }: Row): Float64Array {
  const { site, k, input, keyPadding } = call;
  const kh = keyHead(site, h);
  const keys = Array.from({ length: k.shape[2] ?? 0 }, (_, j) => j).filter(
    (j) => (keyPadding === undefined || at(keyPadding, b, j) === 1) && (!site.causal || j <= position),
  );
  const query = projected(call, "query", input, [b, position], h, site.headDim);
  const scores = keys.map((j) => {
    const key = projected(call, "key", input, [b, j], kh, site.headDim);
    return site.scale * query.reduce((total, x, d) => total + x * (key[d] ?? 0), 0);
  });
  const top = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
  const row = new Float64Array(width);
  for (const [n, j] of keys.entries()) {
    const value = projected(call, "value", input, [b, j], kh, width);
    for (let d = 0; d < width; d++) row[d]! += (Math.exp((scores[n] ?? 0) - top) / total) * (value[d] ?? 0);
  }
  return row;
}

/** One head's slice of x W + b at one row of the input. */
function projected(
  { parameters }: OracleCall,
  role: string,
  input: Grid,
  [b, i]: readonly [number, number],
  head: number,
  width: number,
): number[] {
  const weight = parameters[`global.${role}.weight`] ?? gridOf([0, 0], () => 0);
  const bias = parameters[`global.${role}.bias`] ?? gridOf([0], () => 0);
  const inputs = input.shape[2] ?? 0;
  return Array.from({ length: width }, (_, d) => {
    const column = head * width + d;
    let sum = at(bias, column);
    for (let c = 0; c < inputs; c++) sum += at(input, b, i, c) * at(weight, c, column);
    return sum;
  });
}
