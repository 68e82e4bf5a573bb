import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Where this user's own builds are kept, outside every project: ATTN_HOME, or `attention-lab` in the folder that the system has for what
 * can be made again (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches on macOS; LOCALAPPDATA on Windows).
 */
export function privateFolder(): string {
  const { ATTN_HOME, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (ATTN_HOME) return path.resolve(ATTN_HOME);
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Caches", "attention-lab");
  if (process.platform === "win32")
    return path.join(LOCALAPPDATA || path.join(os.homedir(), "AppData", "Local"), "attention-lab");
  return path.join(XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "attention-lab");
}

const partial = /\.(?:partial|replaced)-(\d+)$/;

/**
 * Makes the folder `name` in the private folder, or replaces it. `fill` works in a folder beside it, which takes the name only when `fill` has
 * succeeded: whoever looks sees the old state or the new one, never half of it. What killed runs left behind is removed.
 */
export async function commitFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const home = privateFolder();
  mkdirSync(home, { recursive: true });
  removeLeftovers(home);
  const target = path.join(home, name);
  const folder = `${target}.partial-${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    await fill(folder);
    const replaced = `${target}.replaced-${process.pid}`;
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(folder, target);
    rmSync(replaced, { recursive: true, force: true });
    return target;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What is installed in the private folder, in alphabetic order; unfinished work is not. */
export function committedFolders(): string[] {
  const home = privateFolder();
  if (!existsSync(home)) return [];
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !partial.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
}

function removeLeftovers(home: string): void {
  for (const name of readdirSync(home)) {
    const owner = partial.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const left = path.join(home, name);
    const target = path.join(home, name.replace(partial, ""));
    // Killed between its two renames: the old state is all there is.
    if (name.includes(".replaced-") && !existsSync(target)) renameSync(left, target);
    else rmSync(left, { recursive: true, force: true });
  }
}

function isAlive(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
