import { fork, type ChildProcess } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attemptFile, errorCode, onDisk, type StudyTrialConfig, type TrialFailure } from "@attention-lab/results/store";
import { claimTrial, type Claim, type ClaimOptions } from "./claim.ts";
import { commitFailure, commitResult, tailOf } from "./commit-result.ts";
import { deathOf } from "./failure.ts";
import { limitedBy, type Limits } from "./trial-limits.ts";
import { outOfMemoryKills } from "./kernel-kills.ts";
import type { EnvironmentStart, TrialReply, TrialRequest } from "./trial-messages.ts";

export interface AttemptOptions extends ClaimOptions {
  /** File of the process that runs a trial: a module that calls `serveTrial`. */
  readonly worker: string;
  /** Flags of its Node; the parent's own unless given. */
  readonly execArgv?: readonly string[];
  /** Variables added to its environment, such as CUDA_VISIBLE_DEVICES. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly module?: string;
  readonly backend?: string;
  readonly threads?: number;
  readonly environment: EnvironmentStart;
  /** Ends the attempt: the program is told, and killed after some seconds. */
  readonly signal?: AbortSignal;
}

export type AttemptOutcome =
  | { readonly kind: "ok" | "finished" | "busy" | "stopped" | "died" }
  | { readonly kind: "failed"; readonly failure: TrialFailure };

const heartbeatMilliseconds = 5000;
const graceMilliseconds = 5000;

/**
 * Claims a trial and runs its program once in a process of its own, within its limits; this process watches, keeps the heartbeat, and alone commits what
 * came out. "died": the process was killed from outside, which is no result; the trial waits again. Errors: the disk refuses.
 */
export async function attemptTrial(
  trial: string,
  config: StudyTrialConfig,
  options: AttemptOptions,
): Promise<AttemptOutcome> {
  const claimed = claimTrial(trial, options);
  if (claimed.kind !== "claimed") return claimed;
  const { claim } = claimed;
  try {
    const { kind, seconds, reply } = await supervised(trial, claim, config, options);
    if (kind === "died") return { kind };
    if (reply.kind === "finished") return { kind: commitResult(trial, claim, reply, seconds) ? "ok" : "finished" };
    if (reply.kind === "failed") return { kind: "failed", failure: commitFailure(claim, reply, seconds) };
    writeFileSync(join(claim.folder, attemptFile.stopped), `${JSON.stringify(reply)}\n`);
    if (reply.kind === "disk") throw new Error(reply.message);
    return { kind: "stopped" };
  } catch (error) {
    // Somebody deleted the folder while it ran: the trial is to be run again.
    if (errorCode(error) === "ENOENT") return { kind: "died" };
    throw error;
  } finally {
    options.lives.end(claim.folder);
  }
}

type Ended =
  | { readonly kind: "replied"; readonly reply: TrialReply; readonly seconds: number }
  | { readonly kind: "died"; readonly reply: TrialReply; readonly seconds: number };

async function supervised(
  trial: string,
  { folder }: Claim,
  config: StudyTrialConfig,
  options: AttemptOptions,
): Promise<Ended> {
  const begun = performance.now();
  const killsBefore = outOfMemoryKills();
  const child = start(folder, options);
  let beats = 0;
  const beat = (): void => writeHeartbeat(folder, beats++);
  beat();
  const heart = setInterval(beat, heartbeatMilliseconds);
  const watch = limitedBy(child, options.limits);
  const stop = (): void => stopChild(child);
  options.signal?.addEventListener("abort", stop);
  try {
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once("error", () => resolve({ code: 1, signal: null }));
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    let reply: TrialReply | undefined;
    child.on("message", (message: TrialReply) => (reply = message));
    child.send(request(trial, folder, config, options), () => {});
    if (options.signal?.aborted === true) stop();
    const { code, signal } = await ended;
    const seconds = (performance.now() - begun) / 1000;
    const { broken, residentBytes } = watch;
    if (reply !== undefined) return { kind: "replied", reply, seconds };
    if (broken !== undefined) return { kind: "replied", seconds, reply: { ...broken, residentBytes } };
    if (options.signal?.aborted === true) return { kind: "replied", seconds, reply: { kind: "stopped" } };
    const death = { ...deathOf(code, signal, tailOf(folder)), residentBytes };
    const fromOutside = signal === "SIGKILL" ? outOfMemoryKills() === killsBefore : isStop(signal);
    return { kind: fromOutside ? "died" : "replied", reply: death, seconds };
  } finally {
    clearInterval(heart);
    watch.end();
    options.signal?.removeEventListener("abort", stop);
  }
}

function start(folder: string, { worker, execArgv, variables }: AttemptOptions): ChildProcess {
  const path = join(folder, attemptFile.output);
  const output = onDisk("open", path, () => openSync(path, "a"));
  try {
    return fork(worker, {
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      env: { ...process.env, ...variables },
      stdio: ["ignore", output, output, "ipc"],
      // A group of its own: Ctrl-C would otherwise end a process that is still starting and cannot ignore it yet.
      detached: true,
    });
  } finally {
    closeSync(output);
  }
}

function request(
  trial: string,
  attempt: string,
  config: StudyTrialConfig,
  { module, backend, threads, environment }: AttemptOptions,
): TrialRequest {
  return {
    kind: "run",
    config,
    trial,
    attempt,
    environment,
    ...(module === undefined ? {} : { module }),
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** Asks, and insists after a while: a program in a long computation hears nothing. */
function stopChild(child: ChildProcess): void {
  const ask: TrialRequest = { kind: "stop" };
  if (child.connected) child.send(ask, () => {});
  const insist = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
  child.once("close", () => clearTimeout(insist));
}

/** A number that rises. A beat that cannot be written is missed, and the disk will tell elsewhere. */
function writeHeartbeat(folder: string, beat: number): void {
  try {
    writeFileSync(join(folder, attemptFile.heartbeat), String(beat));
  } catch {
    // See above.
  }
}

function isStop(signal: NodeJS.Signals | null): boolean {
  return signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP";
}
