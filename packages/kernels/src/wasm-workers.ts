import { Worker } from "node:worker_threads";

/**
 * What a worker does, as text: a file of its own would need one form for source (TypeScript) and one for the published package.
 * It instantiates the same module on the same memory with a stack of its own, then takes part in jobs for ever. A worker that
 * traps inside a job marks the job as failed and lets it end: otherwise the main thread would wait for ever.
 */
const workerCode = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, memory, stackTop, thread } = workerData;
const refuse = () => { throw new Error("only the main thread allocates"); };
const { exports } = new WebAssembly.Instance(module, { env: { memory }, host: { allocate: refuse, release: refuse } });
exports.__stack_pointer.value = stackTop;
parentPort.postMessage("ready");
let seen = 0;
for (;;) {
  try {
    seen = exports.join_jobs(thread, seen);
  } catch {
    exports.__stack_pointer.value = stackTop;
    exports.abandon_job();
  }
}
`;

export interface WorkerPlace {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly stackTop: number;
  readonly thread: number;
}

/** Starts one worker; resolves when it waits for jobs. It never keeps the process alive. */
export async function startWorker(place: WorkerPlace): Promise<void> {
  const worker = new Worker(workerCode, { eval: true, workerData: place, execArgv: [] });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`wasm engine: a worker ended with code ${code}`)));
  });
  worker.removeAllListeners("error");
  worker.removeAllListeners("exit");
  worker.unref();
}
