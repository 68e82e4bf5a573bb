import { featureOracle, type Oracle } from "@attention-lab/attention/testkit";

/** Linear attention in float64, by its definition; the site's scale has no part in it. */
export function oracleOf({ epsilon }: { readonly epsilon: number }): Oracle {
  return (call) => featureOracle(call, { map: (rows) => rows.map((row) => row.map(eluPlusOne)), epsilon });
}

const eluPlusOne = (x: number) => (x > 0 ? x + 1 : Math.exp(x));

/** Efficient attention in float64: queries as a softmax over channels, each channel of the keys as one over the real positions. */
export const efficientOracle: Oracle = (call) =>
  featureOracle(call, {
    map: (rows, { role, real }) => (role === "query" ? rows.map((row) => shares(row)) : byChannel(rows, real)),
    epsilon: 0,
  });

function byChannel(rows: readonly Float64Array[], real: readonly boolean[]): Float64Array[] {
  const made = rows.map((row) => new Float64Array(row.length));
  for (let channel = 0; channel < (rows[0]?.length ?? 0); channel++) {
    const column = shares(
      rows.map((row, position) => (real[position] === true ? (row[channel] ?? 0) : Number.NEGATIVE_INFINITY)),
    );
    for (const [position, share] of column.entries()) made[position]![channel] = share;
  }
  return made;
}

/** exp(x) over its sum; all 0 where nothing is finite. */
function shares(scores: ArrayLike<number>): Float64Array {
  const top = Math.max(...Array.from(scores));
  const parts = Float64Array.from(scores, (score) => (top === Number.NEGATIVE_INFINITY ? 0 : Math.exp(score - top)));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return total === 0 ? parts : parts.map((part) => part / total);
}
