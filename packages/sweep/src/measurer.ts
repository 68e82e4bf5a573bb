import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { alarm } from "./alarm.ts";
import { deathOf } from "./failure.ts";
import { outOfMemoryKills } from "./kernel-kills.ts";
import type { Failed, Reply, Request } from "./messages.ts";

export interface MeasurerOptions {
  /** Name that `useBackend` knows, already chosen by the parent. */
  readonly backend: string;
  readonly threads: number;
  /** Modules of variants outside the catalogue, by absolute path. */
  readonly modules?: readonly string[];
  /** Flags of the child's Node; the parent's own unless given, so that a run from source stays one. */
  readonly execArgv?: readonly string[];
}

/** What a run says when a person or a supervisor ended it. */
export const stopped = "sweep: stopped; run the same command again to go on";

/** Beside this file: as source, or compiled. */
const workerFile = import.meta.url.endsWith(".ts")
  ? new URL("./worker.ts", import.meta.url)
  : new URL("./worker.js", import.meta.url);

const startLimitSeconds = 60;
/** How often in a row somebody may kill the process that was to answer, before that is the answer. */
export const mostKills = 4;
const stderrTail = 4096;

/** A child process that measures. It may die at any request; the request is then answered with how. */
export class Measurer {
  readonly #child: ChildProcess;
  #stderr = "";
  #answer: ((reply: Reply) => void) | undefined;
  #death: Failed | undefined;
  /** Set when the child ended by a signal that speaks of a person or a supervisor, not of the trial. */
  interrupted = false;
  /** Set when somebody else killed the child, and not the kernel for want of memory: that says nothing about the trial either. */
  killed = false;
  readonly #killsBefore = outOfMemoryKills();
  #ended = false;

  private constructor({ execArgv }: MeasurerOptions) {
    this.#child = fork(fileURLToPath(workerFile), {
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrTail);
    });
    this.#child.on("message", (reply: Reply) => this.#settle(reply));
    this.#child.on("error", (error) => this.#settle({ kind: "failed", status: "error", message: error.message }));
    // "close" comes after the last of stderr, which says why.
    this.#child.on("close", (code, signal) => {
      this.interrupted = signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP";
      this.killed = signal === "SIGKILL" && !this.#ended && outOfMemoryKills() === this.#killsBefore;
      this.#death = deathOf(code, signal, this.#stderr);
      this.#settle(this.#death);
    });
  }

  /** Starts a child and prepares its backend; an Error says why it could not. */
  static async start(options: MeasurerOptions, kills = 0): Promise<Measurer> {
    const measurer = new Measurer(options);
    const { backend, threads, modules = [] } = options;
    const reply = await measurer.ask({ kind: "start", backend, threads, modules }, startLimitSeconds);
    if (reply.kind === "ready") return measurer;
    await measurer.end();
    if (measurer.interrupted) throw new Error(stopped);
    if (measurer.killed && kills < mostKills) return Measurer.start(options, kills + 1);
    const why = reply.kind === "failed" ? reply.message : `unexpected answer ${reply.kind}`;
    throw new Error(`sweep: the measuring process could not start on backend ${backend}: ${why}`);
  }

  /** Sends a request; resolves with its answer, with the child's death, or with `time-limit` (the child is then killed). */
  ask(request: Request, limitSeconds: number): Promise<Reply> {
    if (this.#death !== undefined) return Promise.resolve(this.#death);
    return new Promise((resolve) => {
      const calm = alarm(limitSeconds, () => {
        const message = `not done within the time limit of ${limitSeconds} s`;
        this.#settle({ kind: "failed", status: "time-limit", message });
        void this.end();
      });
      this.#answer = (reply) => {
        calm();
        resolve(reply);
      };
      // A failed send means that the child is gone, which "close" reports.
      this.#child.send(request, () => {});
    });
  }

  /** Ends the child at once; resolves when it is gone and its memory is free. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#child.kill("SIGKILL");
    if (this.#death === undefined) await new Promise((resolve) => this.#child.once("close", resolve));
  }

  #settle(reply: Reply): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(reply);
  }
}
