import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** What the operating system's refusals mean to someone who only wanted to measure. */
const explanations: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space and run again, nothing that was finished is lost",
  EDQUOT: "the disk quota is used up; free some space and run again, nothing that was finished is lost",
  EACCES: "permission denied; choose a folder that you may write",
  EPERM: "the operation is not permitted; choose a folder that you may write",
  EROFS: "the file system is read-only; choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file of that name; choose a folder",
  EISDIR: "it is a folder, not a file",
  EIO: "the disk reports an input/output error",
  EMFILE: "too many files are open; raise the limit (ulimit -n) or run fewer processes",
  ENFILE: "too many files are open on this machine; run fewer processes",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "its symbolic links lead in a circle",
  ESTALE: "the network file system lost it; run again, nothing that was finished is lost",
};

/** Runs a file operation; a refusal becomes one sentence of `who` with the path, its code kept as `cause`. */
export function onDisk<T>(doing: string, path: string, body: () => T, who = "results folder"): T {
  try {
    return body();
  } catch (error) {
    const cause = unmasked(error);
    const why = explanations[errorCode(cause)];
    if (why === undefined) throw cause;
    throw new Error(`${who}: cannot ${doing} ${path}: ${why}`, { cause });
  }
}

/** Node's recursive `mkdir` answers ENOENT on a read-only disk; a plain one of the first folder that is missing says what it is. */
function unmasked(error: unknown): unknown {
  if (errorCode(error) !== "ENOENT" || !isMkdir(error)) return error;
  let missing = error.path;
  while (!existsSync(dirname(missing))) missing = dirname(missing);
  try {
    mkdirSync(missing);
    return error;
  } catch (plain) {
    return plain;
  }
}

function isMkdir(error: unknown): error is Error & { readonly path: string } {
  if (!(error instanceof Error && "syscall" in error && "path" in error)) return false;
  return error.syscall === "mkdir" && typeof error.path === "string";
}

/** The `code` of a Node error, or "". */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Writes all bytes at the end of an open file: `write` may take fewer than it was given, a full disk for one. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

/** Replaces a file in one step: whoever reads it, even after a crash, sees the old bytes or the new, never a part. */
export function writeAtomically(path: string, content: string | Uint8Array, who?: string): void {
  const draft = `${path}.${process.pid}.draft`;
  const write = () => {
    try {
      const file = openSync(draft, "w");
      try {
        ftruncateSync(file);
        writeAll(file, typeof content === "string" ? Buffer.from(content) : content);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  };
  onDisk("write", path, write, who);
  syncFolder(dirname(path));
}

/** Makes a new name in a folder survive a power failure. Windows cannot open folders and needs no such step. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
