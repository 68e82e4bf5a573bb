import { env, scalar, setBackend } from "@tensorflow/tfjs-core";
import type { Candidate } from "./report.ts";

/** TensorFlow.js's own cpu backend: plain JavaScript, one thread, every kernel. */
export const cpuCandidate: Candidate = {
  name: "cpu",
  async start() {
    await setBackend("cpu");
    withoutAdvertisement(() => scalar(0).dispose());
    return { tfBackend: "cpu", why: "plain JavaScript runs everywhere, and slowly", threads: 1 };
  },
};

/** The cpu backend's first tensor in Node prints an advertisement for another package, unless in production mode. */
function withoutAdvertisement(firstTensor: () => void): void {
  const production = env().getBool("PROD");
  env().set("PROD", true);
  firstTensor();
  env().set("PROD", production);
}

/** TensorFlow.js's own WebAssembly backend. It lacks UnsortedSegmentSum among others, so an embedding has no gradient there. */
export const stockWasmCandidate: Candidate = {
  name: "stock-wasm",
  async start(threads) {
    const { getThreadsCount, setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
    if (threads !== undefined) setThreadsCount(threads);
    if (!(await setBackend("wasm"))) throw new Error("its WebAssembly module did not start");
    const why = "TensorFlow.js's own WebAssembly backend, for comparison: it lacks kernels that training needs";
    return { tfBackend: "wasm", why, threads: Math.max(1, getThreadsCount()) };
  },
};
