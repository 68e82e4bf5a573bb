/** Fused kernels on the engine for a backend that keeps its tensors elsewhere: data is read, computed on and written back. */
import type { Engine } from "@attention-lab/kernels";
import type { KernelName } from "@attention-lab/ops";
import { type KernelBackend, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { EngineBackend } from "./engine-backend.ts";
import { engineKernels } from "./kernels/all.ts";

/**
 * A kernel of the engine as a kernel of another backend. Copying costs time linear in the tensors; attention is quadratic, so the copies
 * vanish beside it, and the N x M matrix with them. `backend.readSync` must work, as it does on every backend but WebGPU.
 */
export function bridgedKernel(name: KernelName, engine: Engine): KernelFunc {
  const store = new EngineBackend(engine);
  const own = engineKernels[name];
  if (own === undefined) throw new Error(`engine bridge: ${name} must be a kernel of the engine, got none`);
  return ({ inputs, attrs, backend }) => {
    const other = backend as KernelBackend;
    const taken: TensorInfo[] = [];
    const take = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
      const tensor = { dataId: store.write(other.readSync(dataId), shape, dtype), shape, dtype };
      taken.push(tensor);
      return tensor;
    };
    const give = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => ({
      dataId: other.write(store.readSync(dataId), shape, dtype),
      shape,
      dtype,
    });
    try {
      const arrived = Object.fromEntries(
        Object.entries(inputs).flatMap(([key, input]) => (input === undefined ? [] : [[key, take(input)]])),
      );
      const outputs = store.orNothing(() => own(arrived as never, (attrs ?? {}) as never, store));
      if (outputs === undefined)
        throw new Error(`engine bridge: ${name} must cover every call, got one that it does not`);
      const list = [outputs].flat();
      taken.push(...list);
      return list.map(give);
    } finally {
      for (const { dataId } of taken) store.disposeData(dataId);
    }
  };
}
