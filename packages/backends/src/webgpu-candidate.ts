import type { AdapterReport } from "@attention-lab/webgpu";
import { setBackend } from "@tensorflow/tfjs-core";
import type { Candidate } from "./report.ts";

/** TensorFlow.js on WebGPU with our WGSL kernels: needs the driver of a graphics card and nothing else. */
export const webgpuCandidate: Candidate = {
  name: "webgpu",
  precisions: ["float16"],
  async start(threads, precision) {
    if (threads !== undefined && threads !== 1) {
      throw new RangeError(`threads must be 1 or not given, as a graphics card has none, got ${threads}`);
    }
    // Loaded when asked for: Dawn and TensorFlow.js's WebGPU kernels cost every other start a quarter of a second.
    const { startWebGPU } = await import("@attention-lab/webgpu");
    const adapter = await startWebGPU({ precision });
    if (!(await setBackend("webgpu"))) throw new Error("its device did not start");
    const engine = [adapter.vendor, adapter.architecture].filter((part) => part !== "").join(" ");
    const { arithmetic: instructionSet } = adapter;
    return { tfBackend: "webgpu", why: nameOf(adapter), engine, instructionSet, threads: 1, precision };
  },
};

/** What would compute, for `attn doctor`; throws the sentence that says why nothing would. */
export async function describeWebgpu(): Promise<string> {
  const { describeAdapter } = await import("@attention-lab/webgpu");
  return nameOf(await describeAdapter());
}

function nameOf({ vendor, architecture, device, description, software, features, maxBytes }: AdapterReport): string {
  const driver = [vendor, architecture, device, description].filter((part) => part !== "").join(", ");
  const kind = software ? "a software adapter (right numbers, no speed)" : "a graphics card";
  return `${driver}: ${kind}, tensors up to ${Math.round(maxBytes / 2 ** 20)} MiB${features.map((name) => `, ${name}`).join("")}`;
}
