import { formatPercent, threeDigits } from "./format.ts";

/** The weights of one head of one layer. */
export interface AttentionMap {
  /** Where in the model: "layer 1", "decoder layer 2 to the source". */
  readonly place: string;
  /** Counted from 1. */
  readonly head: number;
  /** Tokens of the rows and of the columns, as a reader knows them. */
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  /** [queries][keys]; null where the query cannot see the key. */
  readonly weights: readonly (readonly (number | null)[])[];
}

export interface AttentionPicture {
  readonly maps: readonly AttentionMap[];
  /** Small type under the picture: the checkpoint, and why layers are missing. */
  readonly caption: readonly string[];
}

/** What the sharpest habit among the heads is: the picture's title, in words made from its weights. */
export function attentionHeadline({ maps }: AttentionPicture): string {
  const found = maps.flatMap((map) => habits(map).map((habit) => ({ ...habit, map })));
  const strongest = found.reduce<(typeof found)[number] | undefined>(
    (best, each) => (best === undefined || each.share > best.share ? each : best),
    undefined,
  );
  if (strongest !== undefined && strongest.share >= 0.5) {
    return `${named(strongest.map)} puts ${formatPercent(strongest.share)} of its weight on ${strongest.where}`;
  }
  const counts = maps.map((map) => ({ map, keys: keysLookedAt(map) }));
  const [first] = counts;
  if (first === undefined) return "No layer has weights to show";
  if (counts.length === 1) return `A query looks at ${threeDigits(first.keys)} keys on average`;
  const sharpest = counts.reduce((best, each) => (each.keys < best.keys ? each : best), first);
  return `${named(sharpest.map)} is the sharpest: a query looks at ${threeDigits(sharpest.keys)} keys on average`;
}

/** The largest weight: the end of the colour scale, at least tiny so that a scale exists. Weights may be negative (retention). */
export function largestWeight(maps: readonly AttentionMap[]): number {
  let largest = 1e-9;
  for (const { weights } of maps) {
    for (const row of weights) for (const weight of row) largest = Math.max(largest, Math.abs(weight ?? 0));
  }
  return largest;
}

/** A token as it can be seen: blanks and control characters get their pictures. */
export function visibleToken(token: string): string {
  if (token === "") return "∅";
  const picture = (code: number) => String.fromCodePoint(code === 127 ? 0x2421 : 0x2400 + code);
  // oxlint-disable-next-line no-control-regex -- control characters are meant
  return token.replaceAll(" ", "␣").replaceAll(/[\u0000-\u001f\u007f]/g, (c) => picture(c.codePointAt(0) ?? 0));
}

function named({ place, head }: AttentionMap): string {
  return `Head ${head} of ${place}`;
}

/** Mean shares of weight on places with a name. Rows of which a place does not exist (before the first token) do not count. */
function habits({ queries, keys, weights }: AttentionMap): { where: string; share: number }[] {
  const isSelf = queries.length === keys.length && queries.every((token, i) => token === keys[i]);
  const places: [string, (query: number) => number][] = isSelf
    ? [
        ["the token itself", (query) => query],
        ["the token before", (query) => query - 1],
        ["the first token", () => 0],
      ]
    : [["the source token of the same place", (query) => query]];
  return places.flatMap(([where, keyOf]) => {
    const shares = weights.flatMap((row, query) => {
      const seen = row.filter((weight) => weight !== null);
      const total = seen.reduce((sum, weight) => sum + Math.abs(weight), 0);
      const weight = row[keyOf(query)];
      // A query that sees one key alone has no choice.
      return weight === undefined || weight === null || seen.length < 2 || total === 0
        ? []
        : [Math.abs(weight) / total];
    });
    return shares.length === 0 ? [] : [{ where, share: mean(shares) }];
  });
}

/** exp of the mean entropy of the rows: 1 when every query looks at one key, M when all look at all alike. */
function keysLookedAt({ weights }: AttentionMap): number {
  const entropies = weights.map((row) => {
    const total = row.reduce<number>((sum, weight) => sum + Math.abs(weight ?? 0), 0);
    const shares = row.map((weight) => Math.abs(weight ?? 0) / (total || 1)).filter((share) => share > 0);
    return -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
  });
  return Math.exp(mean(entropies));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
