import { execFileSync } from "node:child_process";

/** The commit that the working folder is at, for the record; null outside a git repository. */
export function currentCommit(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}
