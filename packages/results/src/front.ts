/** One thing that may be chosen: what it costs and how good it is. */
export interface Choice {
  readonly label: string;
  readonly cost: number;
  readonly quality: number;
}

/**
 * The choices that no other beats in both cost and quality (Pareto), by rising cost. Of equal ones the first counts.
 *
 * @param better whether more or less of the quality is better; less cost always is
 */
export function paretoFront(choices: readonly Choice[], better: "more" | "less"): Choice[] {
  const sign = better === "more" ? -1 : 1;
  const front: Choice[] = [];
  for (const choice of choices.toSorted((a, b) => a.cost - b.cost || sign * (a.quality - b.quality))) {
    const best = front.at(-1);
    if (best === undefined || sign * (choice.quality - best.quality) < 0) front.push(choice);
  }
  return front;
}

/** Metrics that are better when they rise, by the words that people name them with; of all others less is taken to be better. */
export function betterOf(metric: string): "more" | "less" {
  return /accura|bleu|score|match|f1|recall|precision|reward|per_?second/i.test(metric) ? "more" : "less";
}

/** Metrics that are times, such as `seconds` and `secondsPerStep`: costs, and no qualities. */
export function isTime(metric: string): boolean {
  return metric.startsWith("seconds");
}

/** "time per step" of `secondsPerStep`. */
export function timeMetricWords(metric: string): string {
  return metric.replace(/^seconds/, "time").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
