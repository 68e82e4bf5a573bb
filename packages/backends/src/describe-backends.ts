import { describeEngines } from "@attention-lab/kernels";
import { webgpuRefusal } from "./candidates.ts";
import { probeTensorflow } from "./tensorflow-candidate.ts";

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
  const [engines, tensorflow] = await Promise.all([describeEngines(), describeTensorflow()]);
  return [
    ...engines.map(({ name, available, why, instructionSet, threads }) => ({
      name,
      available,
      why,
      ...(instructionSet !== undefined && { instructionSet }),
      ...(threads !== undefined && { threads }),
    })),
    tensorflow,
    {
      name: "stock-wasm",
      available: true,
      why: "TensorFlow.js's own WebAssembly backend; it lacks kernels that training needs",
    },
    { name: "cpu", available: true, why: "TensorFlow.js's own backend in plain JavaScript; slow", threads: 1 },
    { name: "webgpu", available: false, why: webgpuRefusal },
  ];
}

async function describeTensorflow(): Promise<BackendDescription> {
  try {
    await probeTensorflow();
    return { name: "tensorflow", available: true, why: "native TensorFlow loads and computes" };
  } catch (error) {
    return { name: "tensorflow", available: false, why: error instanceof Error ? error.message : String(error) };
  }
}
