// What both builds share: the C sources, a hash that tells whether an output is current, and writing it beside and renaming.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const packageFolder = fileURLToPath(new URL("..", import.meta.url));
export const sourceFolder = path.join(packageFolder, "csrc");

/** File name -> text of every C source. */
export function readSources() {
  const names = readdirSync(sourceFolder).filter((name) => /\.[ch]$/.test(name));
  return Object.fromEntries(
    names.toSorted().map((name) => [name, readFileSync(path.join(sourceFolder, name), "utf8")]),
  );
}

/** Equal exactly when nothing that could change the output has changed: sources, commands, versions. */
export function hashOf(...parts) {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Whether `output` was built from this hash. The hash is kept beside it. */
export function isCurrent(output, hash) {
  return existsSync(output) && existsSync(`${output}.hash`) && readFileSync(`${output}.hash`, "utf8") === hash;
}

/** Records that `output` is built from this hash. */
export function markCurrent(output, hash) {
  writeFileSync(`${output}.hash`, hash);
}

/** Writes `output` in one step, so that no process ever loads half a file (or has a loaded one changed under it). */
export function replaceFile(output, bytes) {
  mkdirSync(path.dirname(output), { recursive: true });
  const beside = `${output}.${process.pid}.new`;
  writeFileSync(beside, bytes);
  renameSync(beside, output);
}
