import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode, onDisk, writeAtomically } from "./disk.ts";
import { claimFolder } from "./lock.ts";
import { LogWriter, readLog } from "./log-file.ts";
import { machineDifferences } from "./machine.ts";
import { ExperimentRecord, type LogRecord } from "./schema.ts";

export interface OpenOptions {
  /** Begin the folder with this record, or resume it when it already holds the same experiment. Absent: read only. */
  readonly create?: ExperimentRecord;
  /** Let a folder that was begun on another class of machine be resumed. */
  readonly mixed?: boolean;
}

/**
 * A results folder: `experiment.json`, written once, and `log.jsonl`, append-only. Safe against being killed at any byte:
 * what `append` returned from is on the disk, and the torn end of an append that was cut short is passed over by every
 * reader and removed by the next writer.
 */
export class ResultsFolder {
  readonly dir: string;
  readonly experiment: ExperimentRecord;
  #records: LogRecord[];
  #writer: LogWriter | undefined;
  #release: (() => void) | undefined;

  private constructor(dir: string, experiment: ExperimentRecord) {
    this.dir = dir;
    this.experiment = experiment;
    this.#records = readLog(this.#log).records;
  }

  /**
   * Reads a folder, or begins one.
   *
   * @throws Error when `dir` is not a results folder, holds another experiment, or was begun on another class of machine.
   */
  // eslint-disable-next-line typescript/require-await -- a store on another medium would wait
  static async open(dir: string, { create, mixed = false }: OpenOptions = {}): Promise<ResultsFolder> {
    if (create === undefined) return new ResultsFolder(dir, readExperiment(dir));
    if (!existsSync(join(dir, EXPERIMENT))) begin(dir, create);
    const found = readExperiment(dir);
    refuseOther(dir, found, create);
    if (!mixed) refuseOtherMachine(dir, found, create);
    return new ResultsFolder(dir, found);
  }

  /** Claims the folder for this process and reads again what another may have appended meanwhile. */
  lock(): void {
    if (this.#release !== undefined) return;
    const release = claimFolder(this.dir);
    try {
      refuseOther(this.dir, readExperiment(this.dir), this.experiment);
      this.#records = readLog(this.#log).records;
    } catch (error) {
      release();
      throw error;
    }
    this.#release = release;
  }

  unlock(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** Adds a record; it is on the disk when this returns. Needs the lock. */
  append(record: LogRecord): void {
    if (this.#release === undefined) throw new Error(`results folder: lock ${this.dir} before appending to it`);
    this.#writer ??= new LogWriter(this.#log);
    this.#writer.append(record);
    this.#records.push(record);
  }

  /** All records in the order they were written. */
  records(): LogRecord[] {
    return [...this.#records];
  }

  get #log(): string {
    return join(this.dir, LOG);
  }
}

const EXPERIMENT = "experiment.json";
const LOG = "log.jsonl";

function begin(dir: string, experiment: ExperimentRecord): void {
  onDisk("make", dir, () => mkdirSync(dir, { recursive: true }));
  // A draft is left when this very step was killed; a log without its experiment is somebody's data.
  const foreign = readdirSync(dir).filter((name) => !name.endsWith(".draft") && !name.endsWith(".lock"));
  if (foreign.length > 0)
    throw new Error(
      `results folder: ${dir} is not empty and has no ${EXPERIMENT}, so it is not a results folder; choose a new one`,
    );
  writeAtomically(join(dir, EXPERIMENT), `${JSON.stringify(ExperimentRecord.parse(experiment), undefined, 2)}\n`);
}

function readExperiment(dir: string): ExperimentRecord {
  const path = join(dir, EXPERIMENT);
  const parsed = ExperimentRecord.safeParse(parseJson(path, readText(dir, path)));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`results folder: ${path} is not of this format (${issue?.path.join(".")}: ${issue?.message})`);
}

function readText(dir: string, path: string): string {
  try {
    return onDisk("read", path, () => readFileSync(path, "utf8"));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    const what = existsSync(dir) ? `${dir} is not a results folder (it has no ${EXPERIMENT})` : `there is no ${dir}`;
    throw new Error(`results folder: ${what}; give a folder that a sweep wrote`, { cause: error });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`results folder: ${path} is not JSON, got ${JSON.stringify(text.slice(0, 60))}`);
  }
}

function refuseOther(dir: string, found: ExperimentRecord, wanted: ExperimentRecord): void {
  const difference = experimentDifference(found, wanted);
  if (difference === undefined) return;
  throw new Error(`results folder: ${dir} holds another experiment (${difference}); choose another folder`);
}

function experimentDifference(found: ExperimentRecord, wanted: ExperimentRecord): string | undefined {
  if (found.name !== wanted.name) return `"${found.name}", not "${wanted.name}"`;
  if (found.baseline !== wanted.baseline) return `baseline ${found.baseline}, not ${wanted.baseline}`;
  const known = new Set(found.trials);
  const extra = wanted.trials.filter((trial) => !known.has(trial)).length;
  const missing = found.trials.length - (wanted.trials.length - extra);
  if (extra + missing === 0) return undefined;
  return `"${found.name}" with other trials: ${extra} of yours are not in it, ${missing} of its are not in yours`;
}

function refuseOtherMachine(dir: string, found: ExperimentRecord, wanted: ExperimentRecord): void {
  const differences = machineDifferences(found.machine, wanted.machine);
  if (differences.length === 0) return;
  throw new Error(
    `results folder: ${dir} was begun on another class of machine (${differences.join("; ")}); choose another folder, or say --mixed`,
  );
}
