import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A real file system in memory, so small that it fills up. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all but so many bytes; a page is the least that can be free. */
  fill(free: number): void;
  /** Gives them back. */
  free(): void;
  setReadOnly(readOnly: boolean): void;
}

/** Why such a disk cannot be had here; undefined where it can. */
export const noSmallDisk = reason();

function reason(): string | undefined {
  if (process.platform !== "linux") return "only Linux mounts a file system in memory";
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  const path = mkdtempSync(join(tmpdir(), "mount-"));
  try {
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", path);
    execFileSync("/bin/umount", [path]);
    return undefined;
  } catch {
    return "this container may not mount a file system";
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Mounts one; it is gone when the test is over. */
export function smallDisk(kibibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "small disk "));
  mount("-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", path);
  onTestFinished(() => {
    execFileSync("/bin/umount", ["--lazy", path]);
    rmSync(path, { recursive: true, force: true });
  });
  const ballast = join(path, "ballast");
  const free = (): void => rmSync(ballast, { force: true });
  return {
    path,
    free,
    fill(left) {
      free();
      const { bavail, bsize } = statfsSync(path);
      const file = openSync(ballast, "w");
      try {
        writeSync(file, Buffer.alloc(Math.max(0, bavail * bsize - left)));
      } finally {
        closeSync(file);
      }
    },
    setReadOnly: (readOnly) => mount("-o", `remount,${readOnly ? "ro" : "rw"}`, path),
  };
}

function mount(...args: string[]): void {
  execFileSync("/bin/mount", args, { stdio: ["ignore", "ignore", "pipe"] });
}
