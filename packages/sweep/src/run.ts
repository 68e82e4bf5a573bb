import type { ResultsFolder } from "@attention-lab/results/store";
import { Ledger } from "./ledger.ts";
import { Measurer, mostKills, stopped, type MeasurerOptions } from "./measurer.ts";
import type { Failed, Reply, Request } from "./messages.ts";
import type { Plan, PlannedTrial } from "./plan.ts";
import { Observer, type Progress } from "./progress.ts";
import { rounds } from "./rounds.ts";

export interface RunOptions extends MeasurerOptions {
  onProgress?(progress: Progress): void;
  /** Called when a trial fails, once. */
  onFailure?(trial: PlannedTrial, failure: Failed): void;
  /** Measure failed trials again; otherwise a failure is their result. */
  readonly retryFailed?: boolean;
  /** Stops the run: what was under way is given up, everything measured is in the log. */
  readonly signal?: AbortSignal;
  /** Memory trials at the same time, each in a process of its own. */
  readonly memoryProcesses?: number;
}

export interface Summary {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/**
 * Measures what a results folder lacks of a plan, and appends every figure as soon as it is there: killed at any moment and run
 * again, it goes on where it was. First each trial runs once in a process of its own, for its memory; then one process
 * times the repeats of all trials, interleaved. A trial whose process dies, throws or takes too long is recorded as failed.
 *
 * Errors: the folder is in use; the measuring process cannot start; the run was stopped.
 */
export async function run(plan: Plan, folder: ResultsFolder, options: RunOptions): Promise<Summary> {
  folder.lock();
  const sweep = new Sweep(plan, folder, options);
  try {
    await sweep.weighAll();
    await sweep.timeAll();
    return sweep.summary();
  } finally {
    await sweep.stop();
    folder.unlock();
  }
}

class Sweep {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #modules: readonly string[];
  readonly #ledger: Ledger;
  readonly #observer: Observer;
  readonly #processes: number;
  readonly #running = new Set<Measurer>();
  #stopped = false;

  constructor(plan: Plan, folder: ResultsFolder, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#modules = [...new Set(plan.trials.flatMap(({ module }) => module ?? []))];
    this.#processes = options.memoryProcesses ?? 2;
    this.#ledger = new Ledger(folder, plan.trials, { retryFailed: options.retryFailed ?? false });
    this.#observer = new Observer(this.#ledger, plan.trials, this.#processes);
    this.#stopped = options.signal?.aborted ?? false;
    options.signal?.addEventListener("abort", () => void this.stop());
  }

  /** Peak and resident memory of every trial that lacks them. */
  async weighAll(): Promise<void> {
    const waiting = this.#plan.trials.filter((trial) => this.#ledger.needsMemory(trial));
    const worker = async (): Promise<void> => {
      for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) await this.#weigh(trial);
    };
    await Promise.all(Array.from({ length: this.#processes }, worker));
  }

  /** Every missing repeat, in the interleaved order. */
  async timeAll(): Promise<void> {
    const { trials, experiment } = this.#plan;
    const inner = new Map<string, number>();
    let measurer: Measurer | undefined;
    for (const { trial, repeat } of rounds(trials, experiment, this.#ledger)) {
      if (!this.#ledger.needsRepeat(trial, repeat)) continue;
      measurer ??= await this.#start();
      const before = performance.now();
      const calls = inner.get(trial.id);
      const ask: Request = { kind: "time", config: trial.config, ...(calls === undefined ? {} : { inner: calls }) };
      let reply: Reply;
      ({ measurer, reply } = await this.#answered(measurer, ask));
      if (reply.kind === "timed") {
        inner.set(trial.id, reply.inner);
        this.#ledger.sample(trial, repeat, reply);
        this.#observer.timed(trial, (performance.now() - before) / 1000, reply.seconds);
      } else {
        this.#fail(trial, reply);
        await this.#end(measurer);
        measurer = undefined;
      }
      this.#tell("time", trial);
    }
    if (measurer !== undefined) await this.#end(measurer);
  }

  summary(): Summary {
    const { trials } = this.#plan;
    const failed = trials.filter((trial) => this.#ledger.hasFailed(trial)).length;
    return {
      done: trials.filter((trial) => this.#ledger.isFinished(trial)).length - failed,
      failed,
      total: trials.length,
    };
  }

  /** Ends all measuring processes; what they were at is no result. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running].map((measurer) => this.#end(measurer)));
  }

  async #weigh(trial: PlannedTrial): Promise<void> {
    const before = performance.now();
    const { measurer, reply } = await this.#answered(await this.#start(), { kind: "memory", config: trial.config });
    await this.#end(measurer);
    if (reply.kind === "weighed") this.#ledger.memory(trial, reply);
    else this.#fail(trial, reply);
    const bytes = reply.kind === "weighed" ? reply.peakBytes : undefined;
    this.#observer.weighed(trial, (performance.now() - before) / 1000, bytes);
    this.#tell("memory", trial);
  }

  async #start(): Promise<Measurer> {
    this.#refuseStopped();
    const measurer = await Measurer.start({ ...this.#options, modules: this.#modules }).catch((error: unknown) => {
      this.#refuseStopped();
      throw error;
    });
    this.#running.add(measurer);
    if (this.#stopped) await this.#end(measurer);
    this.#refuseStopped();
    return measurer;
  }

  /** The answer of a child, or of the next one when somebody killed it; the child that answered. */
  async #answered(asked: Measurer, request: Request): Promise<{ readonly measurer: Measurer; readonly reply: Reply }> {
    let measurer = asked;
    for (let kills = 0; ; kills++) {
      const reply = await this.#ask(measurer, request);
      if (!measurer.killed || kills === mostKills) return { measurer, reply };
      await this.#end(measurer);
      measurer = await this.#start();
    }
  }

  /** The child's answer; throws when it was stopped from outside, which is no result of the trial. */
  async #ask(measurer: Measurer, request: Request): Promise<Reply> {
    const reply = await measurer.ask(request, this.#plan.experiment.timeLimitSeconds);
    this.#refuseStopped();
    if (measurer.interrupted) throw new Error(stopped);
    return reply;
  }

  #fail(trial: PlannedTrial, reply: Reply): void {
    const failure: Failed =
      reply.kind === "failed" ? reply : { kind: "failed", status: "error", message: `unexpected answer ${reply.kind}` };
    this.#ledger.fail(trial, failure);
    this.#options.onFailure?.(trial, failure);
  }

  async #end(measurer: Measurer): Promise<void> {
    await measurer.end();
    this.#running.delete(measurer);
  }

  #refuseStopped(): void {
    if (this.#stopped) throw new Error(stopped);
  }

  #tell(stage: Progress["stage"], trial: PlannedTrial): void {
    this.#options.onProgress?.(this.#observer.progress(stage, trial));
  }
}
