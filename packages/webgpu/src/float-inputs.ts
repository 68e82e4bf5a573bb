import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { entry, reads, writes } from "./program.ts";
import { output, runProgram } from "./run-program.ts";
import type { CheckedWebGPUBackend } from "./webgpu-backend.ts";

const lanes = 64;

/**
 * Runs a kernel with inputs that are what their type says. TensorFlow.js casts integers and truth values to float32 on WebGPU by renaming
 * them: the buffer still holds integers, which its own programs look up and a shader that reads floats would take for zeros.
 */
export function withFloats<Inputs extends object>(
  backend: CheckedWebGPUBackend,
  inputs: Inputs,
  run: (inputs: Inputs) => TensorInfo[],
): TensorInfo[] {
  const made: TensorInfo[] = [];
  const converted = Object.entries(inputs as Record<string, TensorInfo | undefined>).map(([name, input]) => {
    if (input === undefined || !isRenamed(backend, input)) return [name, input] as const;
    const floats = floatsOf(backend, input);
    made.push(floats);
    return [name, floats] as const;
  });
  try {
    return run(Object.fromEntries(converted) as Inputs);
  } finally {
    for (const { dataId } of made) backend.disposeData(dataId);
  }
}

function isRenamed(backend: CheckedWebGPUBackend, { dtype, dataId }: TensorInfo): boolean {
  return dtype === "float32" && backend.tensorMap.get(dataId).dtype !== "float32";
}

function floatsOf(backend: CheckedWebGPUBackend, input: TensorInfo): TensorInfo {
  const size = util.sizeFromShape(input.shape);
  const floats = output(backend, input.shape);
  runProgram(backend, {
    name: "Floats",
    bindings: [writes("floats", floats), reads("integers", input, "i32")],
    uniforms: { size: ["i32", size] },
    code: entry(lanes, `let i = index * ${lanes} + lid;\n  if (i < u.size) { floats[i] = f32(integers[i]); }`),
    workgroups: Math.ceil(size / lanes),
  });
  return floats;
}
