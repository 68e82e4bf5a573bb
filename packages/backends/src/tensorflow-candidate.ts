import { availableParallelism } from "node:os";
import nodeUtil from "node:util";
import { pathToFileURL } from "node:url";
import { setBackend } from "@tensorflow/tfjs-core";
import { loadPrivateTensorflow } from "./install/private-tensorflow.ts";
import type { Candidate } from "./report.ts";
import { registerTensorflowAttention } from "./tensorflow-attention.ts";
import { findTensorflow, type FoundTensorflow } from "./tensorflow-probe.ts";

/** Gone since Node 23, called by every operation of tfjs-node. */
const legacy = nodeUtil as { isNullOrUndefined?: (value: unknown) => boolean };

/** Native TensorFlow (CPU or CUDA): the user's own tfjs-node, or the private installation. */
export const tensorflowCandidate: Candidate = {
  name: "tensorflow",
  async start(threads) {
    const found = await findTensorflow();
    // All are read once, when the library loads.
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
    if (threads !== undefined) {
      process.env["TF_NUM_INTRAOP_THREADS"] = String(threads);
      process.env["TF_NUM_INTEROP_THREADS"] ??= "1";
    }
    const gpu = await load(found);
    if (!(await setBackend("tensorflow"))) throw new Error(`${found.name} loaded, but registered no backend`);
    const attention = await registerTensorflowAttention(gpu);
    return {
      tfBackend: "tensorflow",
      why: `${describeTensorflow(found)}; attention runs ${attention}`,
      threads: Number(process.env["TF_NUM_INTRAOP_THREADS"]) || availableParallelism(),
    };
  },
};

/** One sentence: which one it is. */
export function describeTensorflow(found: FoundTensorflow): string {
  if (found.kind === "package") return `native TensorFlow of ${found.name} loads and computes`;
  const why = found.noGpu === undefined ? "" : ` since ${found.noGpu}`;
  const place = found.gpu ? "a CUDA device" : `the processor${why}`;
  return `${found.name}, installed by attn backend install, computes on ${place}`;
}

/** Whether it computes on a GPU. */
async function load(found: FoundTensorflow): Promise<boolean> {
  if (found.kind === "private") return loadPrivateTensorflow(found.folder).gpu;
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  await import(pathToFileURL(found.path).href);
  const { backend } = await import("@tensorflow/tfjs-core");
  await setBackend("tensorflow");
  return (backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}
