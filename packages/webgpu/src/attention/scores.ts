import { blockSide } from "../wgsl/block.ts";
import { philox } from "../wgsl/philox.ts";
import type { Features } from "./call.ts";
import { flags } from "./plan.ts";

/** Below every score, and finite: what hidden pairs hold. */
export const hidden = "-3.0e38";

const when = (condition: boolean, code: string): string => (condition ? code : "");

/** The number of a query's row in tensors [B,H,N,...]. */
export const rowNumber = "((batch * u.heads + head) * u.queries + n)";
/** The place of a pair in a table by clipped offset. */
export const clippedPlace = `${rowNumber} * (2 * u.clip + 1) + clamp(m - n - u.offset, -u.clip, u.clip) + u.clip`;

/**
 * What every shader of pattern attention asks about a pair of query n and key m, at row r and column c of its block: whether they see each
 * other, their score, and by what dropout multiplies their weight. `batch` and `head` are set by the walk.
 */
export function scoreCode(features: Features): string {
  return `
var<private> batch: i32;
var<private> head: i32;

${predicate(features)}
fn sees(n: i32, m: i32, r: i32, c: i32, flag: i32) -> bool {
  if (n >= u.queries || m >= u.keys) { return false; }
  ${when(features.padding, "if (keyPadding[batch * u.keys + m] == 0.0) { return false; }")}
  ${when(
    features.planned,
    `if (flag == ${flags.whole}) { return true; }
  if (flag >= 0) { return ((u32(plan[u.masksAt + flag * ${blockSide} + c]) >> u32(r)) & 1u) == 1u; }`,
  )}
  return predicate(n, m);
}

fn score(n: i32, m: i32, product: f32) -> f32 {
  var x = product * u.scale;
  ${when(features.bias, "x += bias[head * (u.queries + u.keys - 1) + m - n + u.queries - 1];")}
  ${when(features.offsetScores, `x += offsetScores[${clippedPlace}];`)}
  return x;
}

${when(features.dropout, philox)}
fn keep(n: i32, m: i32) -> f32 {
  ${
    features.dropout
      ? `let words = philox(vec4<u32>(u32(m / 8), u32(${rowNumber}), u.counter2, u.counter3), vec2<u32>(u.key0, u.key1));
  let half = (words[(m % 8) / 2] >> (16u * u32(m % 2))) & 0xffffu;
  return select(0.0, u.kept, half >= u.threshold);`
      : "return 1.0;"
  }
}
`;
}

function predicate({ causal, window, globals }: Features): string {
  return `fn predicate(n: i32, m: i32) -> bool {
  let distance = m - n - u.offset;
  ${when(causal, "if (distance > 0) { return false; }")}
  ${when(globals, "if (plan[u.globalsAt + batch * u.keys + m] == 1) { return true; }")}
  ${
    window
      ? `let step = plan[u.dilationAt + head];
  // Not u.before * step, which a long sequence and a wide dilation would take past an i32.
  let steps = distance / step;
  return steps * step == distance && steps >= -u.before && steps <= u.after;`
      : "return true;"
  }
}
`;
}
