import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A short text that changes when a results folder does: sizes and times of what its figures are made from, nothing read. */
export function folderVersion(dir: string): string {
  const hash = createHash("sha256");
  for (const name of ["experiment.json", "log.jsonl", "study.json", "plan.jsonl"]) hash.update(stamp(join(dir, name)));
  const trials = join(dir, "trials");
  // A result is linked into the trial's folder, an attempt is made in the one below: their times tell.
  for (const id of namesOf(trials))
    hash.update(`${id}${stamp(join(trials, id))}${stamp(join(trials, id, "attempts"))}`);
  return hash.digest("base64url").slice(0, 16);
}

function stamp(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs};`;
  } catch {
    return ";";
  }
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
