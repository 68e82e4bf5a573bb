import type { PlannedStudyTrial } from "@attention-lab/results/store";
import { DurationGroups } from "./duration-groups.ts";
import { costOfTrial, type StudyPlan } from "./study-plan.ts";
import type { TrialCost } from "./trial-cost.ts";

/** Before anything is finished: a middling machine. Weighed as if one trial had shown it. */
const guess = { operationsPerSecond: 3e10, callSeconds: 2e-5, startSeconds: 2 };

/** A family's own pace counts fully once it has shown so many trials; before, it is weighed against what all trials say. */
const priorTrials = 1;
/** How strongly both factors are drawn towards 1, beside finished trials that pull with about 1 each. */
const pull = 1e-3;

/**
 * Seconds that each trial of a study takes: its declared cost, scaled by what finished trials really took, all of them and those of its family (equal but
 * for numbers, such as one variant at all lengths). Where the program declares no cost, what trials of like parameters took. Not the mean of the
 * trials so far, because long ones come at random places.
 */
export class StudyEstimate {
  readonly #plan: StudyPlan;
  readonly #groups = new DurationGroups();
  readonly #seen: Seen[] = [];
  #pace: Pace = { start: 1, work: 1, families: new Map() };
  #fitted = 0;

  constructor(plan: StudyPlan) {
    this.#plan = plan;
  }

  /** A trial has finished in so many seconds. */
  observe(trial: PlannedStudyTrial, seconds: number): void {
    this.#groups.observe(trial, seconds);
    const cost = this.#costOf(trial);
    if (cost !== undefined) this.#seen.push({ ...guessed(cost), family: familyOf(trial), seconds });
  }

  /** Undefined while nothing is known: before the first trial has finished. */
  secondsOf(trial: PlannedStudyTrial): number | undefined {
    const cost = this.#costOf(trial);
    if (cost === undefined) return this.#groups.secondsOf(trial);
    if (this.#seen.length === 0) return undefined;
    if (this.#fitted !== this.#seen.length) {
      this.#pace = paceOf(this.#seen);
      this.#fitted = this.#seen.length;
    }
    const { start, work, families } = this.#pace;
    const own = guessed(cost);
    return start * own.start + work * (families.get(familyOf(trial)) ?? 1) * own.work;
  }

  #costOf(trial: PlannedStudyTrial): TrialCost | undefined {
    return this.#plan.costs.size === 0 ? undefined : costOfTrial(this.#plan, trial);
  }
}

/** How many times as long as guessed: starting a process, computing, and the computing of a family beside that of all. */
interface Pace {
  readonly start: number;
  readonly work: number;
  readonly families: ReadonlyMap<string, number>;
}

interface Seen {
  readonly start: number;
  readonly work: number;
  readonly family: string;
  readonly seconds: number;
}

function guessed({ operations, calls = 0, seconds = 0 }: TrialCost): { start: number; work: number } {
  const work = operations / guess.operationsPerSecond + calls * guess.callSeconds;
  return { start: guess.startSeconds, work: work + seconds };
}

/** Two factors by least squares of relative errors, neither below a hundredth; then what each family takes beside it. */
function paceOf(seen: readonly Seen[]): Pace {
  let [aa, ab, bb, ay, by] = [pull, 0, pull, pull, pull];
  for (const { start, work, seconds } of seen) {
    const [a, b] = [start / seconds, work / seconds];
    aa += a * a;
    ab += a * b;
    bb += b * b;
    ay += a;
    by += b;
  }
  const determinant = aa * bb - ab * ab;
  let [start, work] = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
  // A factor that would be negative is none: the other has to explain everything.
  if (!(start > 0.01)) [start, work] = [0.01, (by - 0.01 * ab) / bb];
  else if (!(work > 0.01)) [start, work] = [(ay - 0.01 * ab) / aa, 0.01];
  return { start, work, families: familyPaces(seen, start, work) };
}

function familyPaces(seen: readonly Seen[], start: number, work: number): Map<string, number> {
  const sums = new Map<string, { expected: number; took: number; trials: number }>();
  for (const each of seen) {
    const sum = sums.get(each.family) ?? { expected: 0, took: 0, trials: 0 };
    sum.expected += work * each.work;
    sum.took += Math.max(0, each.seconds - start * each.start);
    sum.trials++;
    sums.set(each.family, sum);
  }
  return new Map(
    [...sums].map(([family, { expected, took, trials }]) => {
      const prior = (priorTrials * expected) / trials;
      return [family, expected === 0 ? 1 : (took + prior) / (expected + prior)];
    }),
  );
}

/** Trials that are equal but for numbers and truth values. */
function familyOf({ config }: PlannedStudyTrial): string {
  return JSON.stringify(config.parameters, (_, value: unknown) => (typeof value === "number" ? 0 : value));
}
