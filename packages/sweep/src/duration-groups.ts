import { canonicalJson, type PlannedStudyTrial } from "@attention-lab/results/store";
import { flatParts } from "./parameter-points.ts";

interface Finished {
  readonly parts: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/**
 * What trials took, grouped by their parameters, for programs that declare no cost. The parameters are taken in the order in which they explain the
 * durations; a trial is expected to take what those finished ones took that share its values of as many of them as possible.
 */
export class DurationGroups {
  readonly #finished: Finished[] = [];
  #levels: readonly Map<string, Mean>[] = [];
  #order: readonly string[] = [];
  #grouped = 0;

  observe({ config }: PlannedStudyTrial, seconds: number): void {
    this.#finished.push({ parts: words(config.parameters), seconds });
  }

  /** The mean of the most alike; undefined while nothing is finished. */
  secondsOf({ config }: PlannedStudyTrial): number | undefined {
    if (this.#grouped !== this.#finished.length) this.#group();
    const parts = words(config.parameters);
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const mean = this.#levels[depth]?.get(keyOf(parts, this.#order.slice(0, depth)));
      if (mean !== undefined) return mean.sum / mean.count;
    }
    return undefined;
  }

  #group(): void {
    this.#grouped = this.#finished.length;
    const names = [...new Set(this.#finished.flatMap(({ parts }) => Object.keys(parts)))];
    const errors = new Map(names.map((name) => [name, unexplained(this.#finished, name)]));
    this.#order = names.toSorted((a, b) => (errors.get(a) ?? 0) - (errors.get(b) ?? 0));
    this.#levels = Array.from({ length: this.#order.length + 1 }, (_, depth) =>
      meansBy(this.#finished, this.#order.slice(0, depth)),
    );
  }
}

interface Mean {
  sum: number;
  count: number;
}

function words(parameters: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(flatParts(parameters).map(([name, value]) => [name, canonicalJson(value)]));
}

function keyOf(parts: Finished["parts"], names: readonly string[]): string {
  return names.map((name) => parts[name] ?? "").join("\n");
}

function meansBy(finished: readonly Finished[], names: readonly string[]): Map<string, Mean> {
  const means = new Map<string, Mean>();
  for (const { parts, seconds } of finished) {
    const key = keyOf(parts, names);
    const mean = means.get(key) ?? { sum: 0, count: 0 };
    mean.sum += seconds;
    mean.count++;
    means.set(key, mean);
  }
  return means;
}

/** How badly the others of its group foretell the logarithm of each duration; one that is alone in its group is foretold by all. */
function unexplained(finished: readonly Finished[], name: string): number {
  const logs = finished.map(({ parts, seconds }) => ({
    key: parts[name] ?? "",
    value: Math.log(Math.max(seconds, 1e-3)),
  }));
  const overall = logs.reduce((sum, { value }) => sum + value, 0) / logs.length;
  const groups = new Map<string, Mean>();
  for (const { key, value } of logs) {
    const group = groups.get(key) ?? { sum: 0, count: 0 };
    group.sum += value;
    group.count++;
    groups.set(key, group);
  }
  return logs.reduce((sum, { key, value }) => {
    const group = groups.get(key);
    const foretold = group === undefined || group.count === 1 ? overall : (group.sum - value) / (group.count - 1);
    return sum + (value - foretold) ** 2;
  }, 0);
}
