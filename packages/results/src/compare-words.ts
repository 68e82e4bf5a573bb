import type { ComparedCurve, Comparison, Verdict } from "./compare.ts";
import { formatPercent, threeDigits } from "./format.ts";
import type { Interval } from "./statistics.ts";

/** "1.32 (1.28-1.37)". */
export function ratioWords(ratio: Interval | null): string {
  if (ratio === null) return "-";
  const ends = [ratio.low, ratio.high].map(threeDigits);
  return ends[0] === ends[1] ? threeDigits(ratio.value) : `${threeDigits(ratio.value)} (${ends.join("-")})`;
}

/** The answer in one sentence: "B is worse in performer step time 1.32 (1.28-1.37); 7 are the same". */
export function comparisonHeadline({ curves }: Comparison): string {
  const of = (verdict: Verdict) => curves.filter((curve) => curve.verdict === verdict);
  const named = (verdict: Verdict) => (of(verdict).length === 0 ? [] : [`${verdict} in ${someOf(of(verdict))}`]);
  const counted = (verdict: Verdict, word: string) =>
    of(verdict).length === 0 ? [] : [`${of(verdict).length} ${word}`];
  const told = [...named("worse"), ...named("better"), ...named("higher"), ...named("lower")];
  const rest = [...counted("same", "the same"), ...counted("unclear", "unclear")].join(", ");
  if (told.length === 0) return `B is neither better nor worse: ${rest}`;
  return `B is ${[told.join(", and "), ...(rest === "" ? [] : [rest])].join("; ")}`;
}

/** A sentence names so many curves and counts the others; the table has them all. */
const NAMED = 3;

function someOf(curves: readonly ComparedCurve[]): string {
  const named = curves.slice(0, NAMED).map(({ label, figure, ratio, points }) => {
    const lost = points.filter((point) => point.lost !== null).length;
    return `${label} ${figure} ${lost > 0 ? `(${lost} of ${points.length} trials fail)` : ratioWords(ratio)}`;
  });
  return [...named, ...(curves.length > NAMED ? [`${curves.length - NAMED} more`] : [])].join(", ");
}

/** Head and rows of the table of curves. */
export function comparisonTable({ curves }: Comparison): { readonly head: string[]; readonly rows: string[][] } {
  const rows = curves.map(({ label, figure, ratio, points, verdict }) => [
    label,
    figure,
    ratioWords(ratio),
    String(points.filter((point) => point.ratio !== null).length),
    verdict,
  ]);
  return { head: ["curve", "figure", "B over A", "points", "verdict"], rows };
}

/** Beneath the table: what was not compared, and from where on a difference counts. */
export function comparisonNotes({ tolerance, onlyA, onlyB, curves }: Comparison): string[] {
  const lost = curves.flatMap(({ label, figure, points }) =>
    points.flatMap((point) =>
      point.lost === null ? [] : [`${label} ${figure} at ${point.label} fails in B: ${point.lost}`],
    ),
  );
  const alone = onlyA + onlyB === 0 ? [] : [`not compared: ${onlyA} trials are only in A, ${onlyB} only in B`];
  return [
    ...lost,
    `a difference counts from ${formatPercent(tolerance)}: what was asked for, or the noise floor where that is more`,
    ...alone,
  ];
}
