import { Worker } from "node:worker_threads";

/**
 * A thread that ends this process and its group once its parent is gone. The channel to the parent tells so too, but only to an event loop that turns: a
 * program in a long computation would go on for nobody. Plain JavaScript in a string, so that it needs no loader and little memory.
 */
const script = `
const { workerData: parent } = require("node:worker_threads");
setInterval(() => {
  if (process.ppid === parent) return;
  try { process.kill(-process.pid, "SIGKILL"); } catch { process.kill(process.pid, "SIGKILL"); }
}, 500);
`;

export function endWithParent(): void {
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 8 };
  // The parent of now: the thread may begin when it is gone already.
  new Worker(script, { eval: true, execArgv: [], workerData: process.ppid, resourceLimits: limits }).unref();
}
