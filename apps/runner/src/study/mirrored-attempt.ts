import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type Hyperparameter, MirroredEventFile } from "@attention-lab/event-files";
import {
  attemptFile,
  AttemptOwner,
  flatParameters,
  Measurement,
  type Metrics,
  onDisk,
  type PlannedStudyTrial,
  readIfThere,
  TrialFailure,
  TrialResult,
  valueWords,
} from "@attention-lab/results";

interface Where {
  readonly number: number;
  readonly trial: PlannedStudyTrial;
  /** Folder of the run. */
  readonly run: string;
}

/** One attempt's event file. An attempt's measurements begin with those that it inherited, so its file replaces the files of the attempts before it. */
export class MirroredAttempt {
  readonly #attempt: string;
  readonly #events: MirroredEventFile;
  /** How often each metric was measured. */
  readonly #counts = new Map<string, number>();
  #read = 0;
  #ended = false;

  constructor(attempt: string, { number, trial, run }: Where) {
    this.#attempt = attempt;
    const owner = parsed(join(attempt, attemptFile.owner), AttemptOwner);
    const begun = Date.parse(owner?.at ?? "1970-01-01T00:00:00Z") / 1000;
    this.#events = new MirroredEventFile({ folder: run, part: number, begun });
    this.#events.hyperparameters(hyperparameters(trial), begun);
  }

  /** Mirrors what was added since the last look. */
  look(): void {
    if (this.#ended) return;
    // The end is read first: once it is there, no measurement is added.
    const result = parsed(join(this.#attempt, attemptFile.result), TrialResult);
    const failure = parsed(join(this.#attempt, attemptFile.failure), TrialFailure);
    for (const measurement of this.#news()) this.#tell(measurement);
    if (result !== undefined) {
      const final = Object.fromEntries(Object.entries(result.metrics).map(([name, value]) => [`final/${name}`, value]));
      this.#events.scalars(0, numbers(final));
    }
    const end = result ?? failure;
    if (end !== undefined) this.#events.ended(end.status === "ok" ? "success" : "failure", Date.parse(end.at) / 1000);
    this.#ended = end !== undefined;
    onDisk("write", this.#attempt, () => this.#events.flush(), "tensorboard");
  }

  /** Over `x` where it is a whole number; otherwise over the number of times that the metric was measured. */
  #tell({ x, values }: Measurement): void {
    for (const [name, value] of Object.entries(numbers(values))) {
      const count = this.#counts.get(name) ?? 0;
      this.#counts.set(name, count + 1);
      const isStep = x !== undefined && Number.isSafeInteger(x) && x >= 0;
      this.#events.scalars(isStep ? x : count, { [name]: value });
    }
  }

  /** Whole lines beyond those that were read. */
  #news(): Measurement[] {
    const text = textFrom(join(this.#attempt, attemptFile.measurements), this.#read);
    const end = text.lastIndexOf(10) + 1;
    this.#read += end;
    const lines = text.toString("utf8", 0, end).split("\n").slice(0, -1);
    return lines.map((line) => Measurement.parse(JSON.parse(line)));
  }
}

/** Parameters by name, their parts by names such as `attention.features`. */
function hyperparameters({ config }: PlannedStudyTrial): Record<string, Hyperparameter> {
  const isPlain = (value: unknown): value is Hyperparameter => ["number", "boolean", "string"].includes(typeof value);
  return Object.fromEntries(
    Object.entries(flatParameters(config)).map(([name, value]) => [name, isPlain(value) ? value : valueWords(value)]),
  );
}

/** What is no number was written as null. */
function numbers(metrics: Metrics): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]));
}

function parsed<T>(path: string, schema: { parse(raw: unknown): T }): T | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

function textFrom(path: string, offset: number): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(file);
  }
}
