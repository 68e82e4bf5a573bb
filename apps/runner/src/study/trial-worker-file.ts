import { fileURLToPath } from "node:url";

/** The file of the process that runs one trial: as source, or compiled. */
export function trialWorkerFile(): string {
  const file = import.meta.url.endsWith(".ts")
    ? new URL("../trial-worker.ts", import.meta.url)
    : new URL("../trial-worker.js", import.meta.url);
  return fileURLToPath(file);
}
