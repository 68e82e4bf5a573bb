import { describeEngines } from "@attention-lab/kernels";
import { describeTensorflow } from "./tensorflow-candidate.ts";
import { findTensorflow } from "./tensorflow-probe.ts";
import { describeWebgpu } from "./webgpu-candidate.ts";

/** One row of what this machine offers. */
export interface BackendDescription {
  readonly name: string;
  readonly available: boolean;
  /** Why it is available, or why not: one sentence. */
  readonly why: string;
  readonly instructionSet?: string;
  readonly threads?: number;
}

/** What could compute here, for `attn doctor`. Changes nothing: native TensorFlow is tried in a child process. */
export async function describeBackends(): Promise<BackendDescription[]> {
  const [engines, tensorflow, webgpu] = await Promise.all([describeEngines(), tensorflowRow(), webgpuRow()]);
  return [
    ...engines.map(({ name, available, why, instructionSet, threads }) => ({
      name,
      available,
      why,
      ...(instructionSet !== undefined && { instructionSet }),
      ...(threads !== undefined && { threads }),
    })),
    tensorflow,
    webgpu,
    {
      name: "stock-wasm",
      available: true,
      why: "TensorFlow.js's own WebAssembly backend; it lacks kernels that training needs",
    },
    { name: "cpu", available: true, why: "TensorFlow.js's own backend in plain JavaScript; slow", threads: 1 },
  ];
}

async function tensorflowRow(): Promise<BackendDescription> {
  try {
    return { name: "tensorflow", available: true, why: describeTensorflow(await findTensorflow()) };
  } catch (error) {
    return { name: "tensorflow", available: false, why: error instanceof Error ? error.message : String(error) };
  }
}

async function webgpuRow(): Promise<BackendDescription> {
  try {
    return { name: "webgpu", available: true, why: await describeWebgpu() };
  } catch (error) {
    return { name: "webgpu", available: false, why: error instanceof Error ? error.message : String(error) };
  }
}
