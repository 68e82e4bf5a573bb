import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The path of a folder that is not there yet; removed when the test is over. */
export function temporaryFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), "attention-lab-results-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, "run");
}
