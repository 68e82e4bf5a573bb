import type { KernelAttributes, KernelInputs, KernelName, KernelOutputs } from "@attention-lab/ops";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { EngineBackend } from "./engine-backend.ts";

type Outputs = TensorInfo | TensorInfo[];

/** A kernel on the engine; undefined means "not a call I cover", and the stock kernel answers. */
export type Kernel = (inputs: never, attrs: never, backend: EngineBackend) => Outputs | undefined;
export type Kernels = Readonly<Record<string, Kernel>>;

/** Types a kernel's inputs and attributes; TensorFlow.js hands both over as untyped records. */
export function kernel<I, A = Record<string, never>>(
  body: (inputs: I, attrs: A, backend: EngineBackend) => Outputs | undefined,
): Kernel {
  return body as Kernel;
}

/** The function TensorFlow.js calls: the kernel, or else the stock one, whose views of pooled buffers become copies. */
export function kernelFunction(name: string, own: Kernel | undefined, stock: KernelFunc | undefined): KernelFunc {
  return (call) => {
    const backend = call.backend as EngineBackend;
    const outputs = backend.orNothing(() => own?.(call.inputs as never, (call.attrs ?? {}) as never, backend));
    if (outputs !== undefined) return outputs;
    if (stock === undefined)
      throw new Error(`${name}: this call must be covered by the engine's kernel, got no fallback`);
    const answers = stock(call);
    for (const answer of [answers].flat()) {
      // Concat and Pack get a list, which Object.values reads like a record; an absent optional input is undefined.
      for (const input of Object.values(call.inputs)) if (input !== undefined) backend.detach(answer, input);
    }
    return answers;
  };
}

/** Types the kernel of a fused op by the table which ops and backends share. Fused kernels cover every call. */
export function fusedKernel<K extends KernelName>(
  _name: K,
  body: (inputs: KernelInputs<K>, attrs: KernelAttributes<K>, backend: EngineBackend) => KernelOutputs<K>,
): Kernel {
  return body as unknown as Kernel;
}
