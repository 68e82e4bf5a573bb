import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** For each test of the file an empty folder, and in it an empty private folder (ATTN_HOME); behind it the environment is as it was. */
export function freshHome(): { readonly folder: string; readonly home: string } {
  const before = { ...process.env };
  const own = { folder: "", home: "" };
  beforeEach(() => {
    own.folder = mkdtempSync(path.join(os.tmpdir(), "attn-home-"));
    own.home = path.join(own.folder, "home");
    mkdirSync(own.home);
    process.env["ATTN_HOME"] = own.home;
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(own.folder, { recursive: true, force: true });
  });
  return own;
}
