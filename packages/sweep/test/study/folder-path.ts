import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "@attention-lab/results/store";
import { onTestFinished } from "vitest";

/** A new folder, removed when the test is over. */
export function folderPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "attn study "));
  onTestFinished(() => removeFolder(folder));
  return join(folder, "résults");
}

/** As `rm -rf` again and again: somebody may write there while it goes. */
export function removeFolder(path: string): void {
  for (;;) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (errorCode(error) !== "ENOTEMPTY") throw error;
    }
  }
}
