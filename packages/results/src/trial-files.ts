import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { errorCode, onDisk } from "./disk.ts";
import { AttemptOwner, Measurement, PlannedStudyTrial, TrialFailure, TrialResult } from "./study-schema.ts";

/** Names of the files in `trials/<id>/`. The file system is the truth: no file, no such fact. */
export const trialFile = {
  config: "config.json",
  result: "result.json",
  attempts: "attempts",
} as const;

/** Names of the files in `attempts/<n>/`. An attempt that ended without a result has `failure.json` or `stopped.json`, or its owner is dead. */
export const attemptFile = {
  owner: "owner.json",
  heartbeat: "heartbeat",
  environment: "environment.json",
  measurements: "measurements.jsonl",
  output: "output.log",
  result: "result.json",
  failure: "failure.json",
  stopped: "stopped.json",
} as const;

/** How far a trial is. "begun": its newest attempt has an owner and no end; whether that owner lives is another question. */
export type TrialStanding =
  | { readonly status: "ok"; readonly result: TrialResult }
  | { readonly status: "failed"; readonly failure: TrialFailure }
  | { readonly status: "begun"; readonly attempt: number; readonly owner: AttemptOwner }
  | { readonly status: "waiting"; readonly attempts: number };

/** Reads how far the trial in a folder is; one that is not there waits. */
export function trialStanding(folder: string): TrialStanding {
  const result = readTyped(join(folder, trialFile.result), TrialResult);
  if (result !== undefined) return { status: "ok", result };
  const attempt = attemptsOf(folder).at(-1);
  if (attempt === undefined) return { status: "waiting", attempts: 0 };
  const path = attemptFolder(folder, attempt);
  const failure = readTyped(join(path, attemptFile.failure), TrialFailure);
  if (failure !== undefined) return { status: "failed", failure };
  const owner = readTyped(join(path, attemptFile.owner), AttemptOwner);
  if (owner === undefined || existsSync(join(path, attemptFile.stopped)))
    return { status: "waiting", attempts: attempt };
  return { status: "begun", attempt, owner };
}

export function attemptFolder(trial: string, attempt: number): string {
  return join(trial, trialFile.attempts, String(attempt));
}

/** Numbers of a trial's attempts, rising. */
export function attemptsOf(trial: string): number[] {
  return namesIn(join(trial, trialFile.attempts))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

export function readTrialConfig(trial: string): PlannedStudyTrial | undefined {
  return readTyped(join(trial, trialFile.config), PlannedStudyTrial);
}

/** Measurements of an attempt that are whole: the torn end of a line that was being written is passed over. */
export function readMeasurements(attempt: string): Measurement[] {
  return readLines(join(attempt, attemptFile.measurements), Measurement) ?? [];
}

/** The whole lines of a file, each JSON of this format; undefined when there is no file. An Error names the line that is damaged. */
export function readLines<T>(path: string, schema: z.ZodType<T>): T[] | undefined {
  return readIfThere(path)
    ?.split("\n")
    .slice(0, -1)
    .map((line, i) => parsed(`line ${i + 1} of ${path}`, line, schema, ""));
}

/** Names in a folder; none when it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return onDisk("read", folder, () => readdirSync(folder));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return onDisk("read", path, () => readFileSync(path, "utf8"));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A JSON file of this format, or undefined when there is none; an Error names the file that is damaged. */
export function readTyped<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : parsed(path, text, schema, "; delete it and run the sweep again");
}

function parsed<T>(what: string, text: string, schema: z.ZodType<T>, advice: string): T {
  const result = schema.safeParse(jsonOf(what, text, advice));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(
    `results folder: ${what} is not of this format (${issue?.path.join(".")}: ${issue?.message})${advice}`,
  );
}

function jsonOf(what: string, text: string, advice: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`results folder: ${what} is not JSON, got ${JSON.stringify(text.slice(0, 60))}${advice}`);
  }
}
