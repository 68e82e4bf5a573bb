import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels } from "../kernel.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { type Call, callOf } from "./call.ts";
import { writeLift } from "./lift.ts";
import { forwardProgram, offsetSumsProgram } from "./forward.ts";
import {
  biasGradientProgram,
  diagonalProgram,
  diagonalsOf,
  keyGradientProgram,
  queryGradientProgram,
  statisticsProgram,
  type Upstream,
} from "./gradients.ts";

/** Covers every call: pattern, padding, bias, scores by offset, dropout, any widths. */
export const attentionKernels: Kernels = {
  PatternAttention: fusedKernel("PatternAttention", (inputs, attrs, backend) => {
    const call = callOf(inputs, attrs, backend);
    const { batch, heads, queries } = call;
    const out = output(backend, [batch, heads, queries, call.v.width]);
    const logSumExp = output(backend, [batch, heads, queries]);
    runProgram(backend, forwardProgram(call, out, logSumExp));
    if (attrs.offsetSums !== true) return [out, logSumExp];
    const sums = output(backend, [batch, heads, queries, 2 * (attrs.clip ?? 0) + 1]);
    runProgram(backend, offsetSumsProgram(call, logSumExp, sums));
    return [out, logSumExp, sums];
  }),

  PatternAttentionGrad: fusedKernel("PatternAttentionGrad", (inputs, attrs, backend) => {
    const { q, k, v, bias, offsetScores, out, logSumExp, offsetSums, dOffsetSums } = inputs;
    const call = callOf(inputs, attrs, backend);
    const statistics = output(backend, [call.batch * call.heads * call.queries + 1, 2]);
    if (call.half) writeLift(backend, inputs.dOut, statistics);
    const dOut = { name: "dOut", of: inputs.dOut, width: at(v, 3), ...(call.half && { factor: "lift()" }) };
    const upstream: Upstream = { dOut, statistics, dOffsetSums };
    runProgram(backend, statisticsProgram(call, upstream, { out, logSumExp, offsetSums }));
    const [dq, dk, dv] = [q, k, v].map(({ shape }) => output(backend, shape)) as [TensorInfo, TensorInfo, TensorInfo];
    const dScores = offsetScores && output(backend, offsetScores.shape);
    runProgram(backend, queryGradientProgram(call, upstream, dq, dScores));
    runProgram(backend, keyGradientProgram(call, upstream, dk, dv));
    const dBias = bias && biasGradient(backend, call, upstream, bias);
    backend.disposeData(statistics.dataId);
    return [dq, dk, dv, dBias, dScores].filter((gradient) => gradient !== undefined);
  }),
};

function biasGradient(backend: CheckedWebGPUBackend, call: Call, upstream: Upstream, bias: TensorInfo): TensorInfo {
  const partial = output(backend, [call.heads, diagonalsOf(call), 64]);
  runProgram(backend, diagonalProgram(call, upstream, partial));
  const dBias = output(backend, bias.shape);
  runProgram(backend, biasGradientProgram(call, partial, dBias));
  backend.disposeData(partial.dataId);
  return dBias;
}
