import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import nodeUtil, { promisify } from "node:util";
import { setBackend } from "@tensorflow/tfjs-core";
import type { Candidate } from "./report.ts";

/** A variable: type checkers and bundlers must not need the optional package. */
const packageName: string = "@tensorflow/tfjs-node-gpu";
const probeSeconds = 60;

/** Gone since Node 23, called by every operation of tfjs-node. */
const legacy = nodeUtil as { isNullOrUndefined?: (value: unknown) => boolean };

const probe = `
require("node:util").isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require(process.argv[1]);
const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync();
if (product.some((value) => value !== 3)) throw new Error("a matMul of ones gave " + Array.from(product).join());
`;

/**
 * Whether native TensorFlow loads *and* computes: a binary that loads may still die in its first product, so a child process tries.
 * Answers the path of the package; throws a sentence otherwise.
 */
export async function probeTensorflow(): Promise<string> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(packageName);
  } catch {
    throw new Error(`the optional package ${packageName} is not installed`);
  }
  try {
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
    await promisify(execFile)(process.execPath, ["-e", probe, path], { timeout: probeSeconds * 1000, env });
    return path;
  } catch (error) {
    throw new Error(reasonOf(error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

function reasonOf(message: string): string {
  if (message.includes("tfjs_binding.node")) {
    return `${packageName} is installed, but its native library is not: its install step was skipped or could not download it`;
  }
  const line = message.split("\n").find((text) => /Error: /.test(text));
  return `${packageName} did not compute a small product in a child process${line === undefined ? "" : ` (${line.trim()})`}`;
}

/** Native TensorFlow (CPU or CUDA) through the optional dependency @tensorflow/tfjs-node-gpu. */
export const tensorflowCandidate: Candidate = {
  name: "tensorflow",
  async start(threads) {
    await probeTensorflow();
    legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
    // Both are read once, when the library loads.
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
    if (threads !== undefined) process.env["TF_NUM_INTRAOP_THREADS"] = String(threads);
    await import(packageName);
    if (!(await setBackend("tensorflow"))) throw new Error(`${packageName} loaded, but registered no backend`);
    const set = Number(process.env["TF_NUM_INTRAOP_THREADS"]);
    return {
      tfBackend: "tensorflow",
      why: "native TensorFlow loaded and computed",
      threads: set || availableParallelism(),
    };
  },
};
