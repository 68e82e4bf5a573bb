import { fork, type ChildProcess } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { attemptFile } from "@attention-lab/results/store";
import { alarm } from "./alarm.ts";
import { deathOf } from "./failure.ts";
import { outOfMemoryKills } from "./kernel-kills.ts";
import { OutputLog } from "./output-log.ts";
import { killGroup } from "./process-group.ts";
import { limitedBy, overMemory, type LimitWatch, type Limits } from "./trial-limits.ts";
import type { TrialReply, TrialRequest } from "./trial-messages.ts";

export interface SuperviseOptions {
  /** File of the process that runs a trial: a module that calls `serveTrial`. */
  readonly worker: string;
  /** Flags of its Node; the parent's own unless given. */
  readonly execArgv?: readonly string[];
  /** Variables added to its environment, such as CUDA_VISIBLE_DEVICES. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** Ends the attempt: the program is told, and killed after some seconds. */
  readonly signal?: AbortSignal;
}

/** How a trial's process ended. "died": killed from outside, without an answer; that is no result. */
export interface Ended {
  readonly kind: "replied" | "died";
  readonly reply: TrialReply;
  readonly seconds: number;
  /** The end of what it printed. */
  readonly lastOutput: string;
}

const heartbeatMilliseconds = 5000;
const graceSeconds = 5;

/** Runs a request in a process of its own, within its limits, and keeps the heartbeat of its attempt. When this resolves, the process and its group are gone. */
export async function superviseTrial(
  request: TrialRequest & { kind: "run" },
  options: SuperviseOptions,
): Promise<Ended> {
  const { attempt } = request;
  const begun = performance.now();
  const killsBefore = outOfMemoryKills();
  const log = new OutputLog(attempt);
  let beats = 0;
  const beat = (): void => writeHeartbeat(attempt, beats++);
  beat();
  const heart = setInterval(beat, heartbeatMilliseconds);
  let watch: LimitWatch | undefined;
  try {
    const child = start(log, options);
    watch = limitedBy(child, options.limits);
    const { code, signal, reply } = await untilGone(child, request, options);
    const stopped = options.signal?.aborted === true;
    const seconds = (performance.now() - begun) / 1000;
    const lastOutput = log.tail();
    const { broken, residentBytes } = watch;
    const ended = (answer: TrialReply): Ended => ({ kind: "replied", reply: answer, seconds, lastOutput });
    if (reply !== undefined) return ended(withinLimits(reply, options.limits));
    if (broken !== undefined) return ended({ ...broken, residentBytes });
    if (stopped) return ended({ kind: "stopped" });
    const death = ended({ ...deathOf(code, signal, lastOutput), residentBytes });
    const fromOutside = signal === "SIGKILL" ? outOfMemoryKills() === killsBefore : isStop(signal);
    return fromOutside ? { ...death, kind: "died" } : death;
  } finally {
    clearInterval(heart);
    watch?.end();
    log.close();
  }
}

interface Gone {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly reply: TrialReply | undefined;
}

async function untilGone(child: ChildProcess, request: TrialRequest, { signal }: SuperviseOptions): Promise<Gone> {
  const insists: (() => void)[] = [];
  const insist = (): void => void insists.push(alarm(graceSeconds, () => child.kill("SIGKILL")));
  const stop = (): void => {
    const ask: TrialRequest = { kind: "stop" };
    if (child.connected) child.send(ask, () => {});
    // A program in a long computation hears nothing.
    insist();
  };
  signal?.addEventListener("abort", stop);
  try {
    return await new Promise<Gone>((resolve, reject) => {
      let reply: TrialReply | undefined;
      child.on("message", (message: unknown) => {
        // A program has the same channel and may say anything.
        if (reply !== undefined || !isReply(message)) return;
        reply = message;
        // Whatever still runs after the answer, such as a driver that hangs while it unloads, is not waited for.
        insist();
      });
      child.once("error", (error) => {
        if (child.pid === undefined) reject(new Error(`sweep: cannot start a process for a trial: ${error.message}`));
      });
      child.once("close", (code, ended) => resolve({ code, signal: ended, reply }));
      child.send(request, () => {});
      if (signal?.aborted === true) stop();
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const calm of insists) calm();
    killGroup(child.pid);
  }
}

function start(log: OutputLog, { worker, execArgv, variables }: SuperviseOptions): ChildProcess {
  return fork(worker, {
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    env: { ...process.env, ...variables },
    stdio: ["ignore", log.file, log.file, "ipc"],
    // A group of its own: Ctrl-C would otherwise end a process that is still starting, and what it starts is ended with it.
    detached: true,
  });
}

const replyKinds: readonly unknown[] = ["finished", "failed", "disk", "stopped"] satisfies TrialReply["kind"][];

function isReply(message: unknown): message is TrialReply {
  return typeof message === "object" && message !== null && "kind" in message && replyKinds.includes(message.kind);
}

/** Memory that was taken for less than the time between two looks, at the end of a trial, is over the limit all the same. */
function withinLimits(reply: TrialReply, { bytes }: Limits): TrialReply {
  if (reply.kind !== "finished") return reply;
  const over = overMemory(reply.residentBytes, bytes);
  return over === undefined ? reply : { ...over, residentBytes: reply.residentBytes };
}

/** A number that rises, written over the last one: on a full disk a longer file could not be written. A beat that is refused is missed. */
function writeHeartbeat(attempt: string, beat: number): void {
  try {
    const file = openSync(join(attempt, attemptFile.heartbeat), beat === 0 ? "w" : "r+");
    try {
      writeSync(file, String(beat).padStart(12, "0"), 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // Whatever matters will be refused too, and told.
  }
}

function isStop(signal: NodeJS.Signals | null): boolean {
  return signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP";
}
