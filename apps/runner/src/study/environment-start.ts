import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { EnvironmentStart } from "@attention-lab/sweep";
import { currentCommit } from "../commit.ts";

/** What is known of the code before a trial starts: commit, whether there are changes beside it, versions. The changes themselves only when asked for. */
export function environmentStart({ keepDiff }: { readonly keepDiff: boolean }): EnvironmentStart {
  const status = git("status", "--porcelain");
  const diff = keepDiff ? git("diff", "HEAD") : undefined;
  return {
    commit: currentCommit(),
    dirty: status === undefined ? null : status.trim() !== "",
    ...(diff === undefined ? {} : { diff }),
    versions: { node: process.version, "@attention-lab/runner": ownVersion() },
  };
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 });
  } catch {
    return undefined;
  }
}

function ownVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
