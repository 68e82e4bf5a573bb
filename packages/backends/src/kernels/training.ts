import { engine as tensorEngine, type Variable } from "@tensorflow/tfjs-core";
import type { AdamParameter } from "@attention-lab/kernels";
import type { EngineBackend } from "../engine-backend.ts";
import { fusedKernel, type Kernels } from "../kernel.ts";
import { at } from "../shapes.ts";

interface Target {
  readonly values: Float32Array;
  /** Hands the new values to the variable, where they were not written into it. */
  commit(): void;
}

/** The variable's own elements, or a copy where a clone or a reshape still shows the old ones. */
function targetOf(variable: Variable, backend: EngineBackend): Target {
  const values = backend.values(variable);
  if (backend.isWritable(variable)) return { values, commit: () => undefined };
  const copy = backend.output(variable.shape);
  const fresh = backend.values(copy);
  fresh.set(values);
  const commit = (): void => {
    const tensor = tensorEngine().makeTensorFromTensorInfo(copy);
    variable.assign(tensor);
    tensor.dispose();
  };
  return { values: fresh, commit };
}

export const trainingKernels: Kernels = {
  SoftmaxCrossEntropy: fusedKernel("SoftmaxCrossEntropy", ({ logits, labels }, _attrs, backend) => {
    const [rows, classes] = [at(logits.shape, 0), at(logits.shape, 1)];
    const [loss, logSumExp] = [backend.output([]), backend.output([rows])];
    const [kept, mean] = [backend.values(logSumExp), backend.values(loss)];
    backend.engine.crossEntropy(rows, classes, backend.values(logits), backend.integers(labels), kept, mean);
    return [loss, logSumExp];
  }),

  SoftmaxCrossEntropyGrad: fusedKernel("SoftmaxCrossEntropyGrad", (inputs, _attrs, backend) => {
    const { logits, labels, logSumExp, dLoss } = inputs;
    const dLogits = backend.output(logits.shape);
    backend.engine.crossEntropyGradient(
      at(logits.shape, 0),
      at(logits.shape, 1),
      backend.values(logits),
      backend.integers(labels),
      backend.values(logSumExp),
      backend.values(dLoss),
      backend.values(dLogits),
    );
    return [dLogits];
  }),

  CounterDropout: fusedKernel("CounterDropout", ({ x }, { rate, key, counter }, backend) => {
    const y = backend.output(x.shape);
    backend.engine.dropout(rate, key, counter, backend.values(x), backend.values(y));
    return [y];
  }),

  AdamUpdate: fusedKernel("AdamUpdate", (inputs, { step, decay, ...options }, backend) => {
    const targets: Target[] = [];
    const target = (variable: Variable): Float32Array => {
      const own = targetOf(variable, backend);
      targets.push(own);
      return own.values;
    };
    const parameters = inputs.variable.map((variable, i): AdamParameter => {
      const [gradient, m, v] = [inputs.gradient[i], inputs.m[i], inputs.v[i]];
      if (gradient === undefined || m === undefined || v === undefined) {
        throw new RangeError(
          `AdamUpdate: every list must have one entry per parameter, got ${inputs.gradient.length} gradients`,
        );
      }
      return {
        value: target(variable),
        gradient: backend.values(gradient),
        m: target(m),
        v: target(v),
        decay: decay[i] === true,
      };
    });
    backend.engine.adam(step, options, parameters);
    for (const finished of targets) finished.commit();
    return [];
  }),
};
