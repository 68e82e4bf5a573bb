import { existsSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { attemptFile, attemptFolder, attemptsOf, trialFile, type StudyFolder } from "@attention-lab/results/store";
import type { SmallDisk } from "../../../results/test/small-disk.ts";
import { childrenOf } from "./children-of.ts";
import type { Fault, Step } from "./fault-plan.ts";
import { removeFolder } from "./folder-path.ts";
import { isRunning, startRunner, trialProcesses, until, type Runner, type RunnerOptions } from "./runner-process.ts";

/** A study that runners work on while faults befall it. What happened is counted by name. */
export class BesiegedStudy {
  readonly counts: Record<string, number> = {};
  /** Lines that runners ended with that are no sentence about the disk or the folder. */
  readonly strange: string[] = [];
  readonly #folder: StudyFolder;
  readonly #disk: SmallDisk | undefined;
  readonly #options: RunnerOptions;
  /** The file and text of each result that was seen: it must never change or go, unless it was deleted on purpose. */
  readonly #results = new Map<string, string>();
  #runners: Runner[] = [];

  constructor(folder: StudyFolder, disk: SmallDisk | undefined, options: RunnerOptions) {
    this.#folder = folder;
    this.#disk = disk;
    this.#options = options;
  }

  async befall({ after, fault, jumps, runners }: Step): Promise<void> {
    this.#keepRunning(runners, jumps);
    await sleep(after);
    this.#runners = this.#runners.filter(isRunning);
    if (await this.#happen(fault)) this.counts[fault.kind] = (this.counts[fault.kind] ?? 0) + 1;
    this.lookAtResults();
  }

  /** Waits for the runners that are left. */
  async calm(): Promise<void> {
    await Promise.all(this.#runners.map(({ said }) => said));
  }

  /** Errors: a result changed, or is gone. */
  lookAtResults(): void {
    for (const { id } of this.#folder.trials()) {
      const path = join(this.#folder.trialFolder(id), trialFile.result);
      const now = existsSync(path) ? `${statSync(path).ino} ${readFileSync(path, "utf8")}` : "gone";
      const before = this.#results.get(id);
      if (before !== undefined && before !== now) throw new Error(`${path} was ${before}, is ${now}`);
      if (now !== "gone") this.#results.set(id, now);
    }
  }

  /** Processes that were killed one by one. */
  get kills(): number {
    return (this.counts["kill runner"] ?? 0) + (this.counts["kill worker"] ?? 0);
  }

  #keepRunning(count: number, jumps: boolean): void {
    while (this.#runners.length < count) {
      const runner = startRunner(this.#folder.dir, { ...this.#options, jumps });
      this.#runners.push(runner);
      void runner.said.then((line) => {
        const expected = /^$|^\{"total"|: the disk is full; |: the file system is read-only; /;
        if (!expected.test(line)) this.strange.push(line);
      });
    }
  }

  async #happen(fault: Fault): Promise<boolean> {
    switch (fault.kind) {
      case "kill runner":
        return this.#hit(() => this.#busy(), fault.which);
      case "kill worker":
        return this.#hit(() => this.#busy().flatMap(childrenOf), fault.which);
      case "power failure":
        await this.#killAll();
        this.#tear(fault.cut);
        return true;
      case "delete trial":
        return this.#delete(fault.which);
      case "full disk":
        this.#disk?.fill(fault.free);
        await sleep(this.#disk === undefined ? 0 : fault.milliseconds);
        this.#disk?.free();
        return this.#disk !== undefined;
      case "read-only disk":
        if (this.#disk === undefined) return false;
        // A file system with open files cannot be made read-only, and the dead take a moment to close theirs.
        await this.#killAll();
        await until(() => canSetReadOnly(this.#disk));
        await startRunner(this.#folder.dir, this.#options).said;
        this.#disk.setReadOnly(false);
        return true;
    }
  }

  /** Runners with trials at work: one that is still starting has nothing to lose. */
  #busy(): number[] {
    return this.#runners.flatMap(({ child: { pid = 0 } }) => (childrenOf(pid).length > 0 ? [pid] : []));
  }

  /** False when the runners have ended before there was anybody to kill. */
  async #hit(targets: () => number[], which: number): Promise<boolean> {
    while (!kill(targets(), which)) {
      if (!this.#runners.some(isRunning)) return false;
      await sleep(20);
    }
    return true;
  }

  async #killAll(): Promise<void> {
    for (const { child } of this.#runners) child.kill("SIGKILL");
    await this.calm();
    for (const worker of trialProcesses()) kill([worker], 0);
    await until(() => trialProcesses().length === 0);
    this.#runners = [];
  }

  /** Cuts bytes off what was written last, also from before a checkpoint that counts on them. */
  #tear(bytes: number): void {
    for (const { id } of this.#folder.trials()) {
      const trial = this.#folder.trialFolder(id);
      const attempt = attemptsOf(trial).at(-1);
      if (attempt === undefined || existsSync(join(trial, trialFile.result))) continue;
      for (const name of [attemptFile.measurements, attemptFile.output, attemptFile.heartbeat]) {
        const path = join(attemptFolder(trial, attempt), name);
        if (existsSync(path)) truncateSync(path, Math.max(0, statSync(path).size - bytes));
      }
    }
  }

  #delete(which: number): boolean {
    const begun = this.#folder.trials().filter(({ id }) => attemptsOf(this.#folder.trialFolder(id)).length > 0);
    const trial = begun[Math.floor(which * begun.length)];
    if (trial === undefined) return false;
    this.#results.delete(trial.id);
    removeFolder(this.#folder.trialFolder(trial.id));
    this.#results.delete(trial.id);
    return true;
  }
}

function canSetReadOnly(disk: SmallDisk | undefined): boolean {
  try {
    disk?.setReadOnly(true);
    return true;
  } catch {
    return false;
  }
}

function kill(among: readonly number[], which: number): boolean {
  const pid = among[Math.floor(which * among.length)];
  if (pid === undefined) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
