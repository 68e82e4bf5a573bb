import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at, fusedKernel, type Kernels } from "../kernel.ts";
import { reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { rowCode, rowLanes } from "./row-reduction.ts";

/** Log-sum-exp of each row, and its loss: 0 where the row is not counted. */
const rowLosses = `let first = index * u.classes;
  var largest = -3.0e38;
  for (var c = lid; c < u.classes; c += ${rowLanes}) { largest = max(largest, logits[first + c]); }
  largest = max_all(lid, largest);
  var sum = 0.0;
  for (var c = lid; c < u.classes; c += ${rowLanes}) { sum += exp(logits[first + c] - largest); }
  let normaliser = largest + log(sum_all(lid, sum));
  if (lid == 0) {
    logSumExp[index] = normaliser;
    let label = labels[index];
    var loss = 0.0;
    if (label >= 0 && label < u.classes) { loss = normaliser - logits[first + label]; }
    losses[index] = loss;
  }`;

/** Number of counted rows, then their mean loss, by one workgroup. */
const meanLoss = `var total = 0.0;
  var rows = 0.0;
  for (var row = lid; row < u.rows; row += ${rowLanes}) {
    total += losses[row];
    rows += select(0.0, 1.0, labels[row] >= 0);
  }
  let all = sum_all(lid, total);
  let counted = sum_all(lid, rows);
  if (lid == 0) { loss[0] = all / max(counted, 1.0); }`;

/** (softmax - one-hot) dLoss / counted. Every workgroup counts the rows itself: labels are few beside logits. */
const gradient = `var rows = 0.0;
  for (var row = lid; row < u.rows; row += ${rowLanes}) { rows += select(0.0, 1.0, labels[row] >= 0); }
  let scale = dLoss[0] / max(sum_all(lid, rows), 1.0);
  let first = index * u.classes;
  let label = labels[index];
  for (var c = lid; c < u.classes; c += ${rowLanes}) {
    let share = exp(logits[first + c] - logSumExp[index]) - select(0.0, 1.0, c == label);
    dLogits[first + c] = select(0.0, share * scale, label >= 0);
  }`;

export const crossEntropyKernels: Kernels = {
  SoftmaxCrossEntropy: fusedKernel("SoftmaxCrossEntropy", ({ logits, labels }, _attrs, backend) => {
    const rows = at(logits, 0);
    const [loss, logSumExp, losses] = [output(backend, []), output(backend, [rows]), output(backend, [rows])];
    runProgram(backend, {
      name: "SoftmaxCrossEntropyRows",
      bindings: [writes("logSumExp", logSumExp), writes("losses", losses), ...given(logits, labels)],
      uniforms: { classes: ["i32", at(logits, 1)] },
      ...rowCode(backend.device, rowLosses),
      workgroups: rows,
    });
    average(backend, { losses, labels, loss }, rows);
    backend.disposeData(losses.dataId);
    return [loss, logSumExp];
  }),

  SoftmaxCrossEntropyGrad: fusedKernel("SoftmaxCrossEntropyGrad", (inputs, _attrs, backend) => {
    const { logits, labels, logSumExp, dLoss } = inputs;
    const rows = at(logits, 0);
    const dLogits = output(backend, logits.shape);
    runProgram(backend, {
      name: "SoftmaxCrossEntropyGrad",
      bindings: [
        writes("dLogits", dLogits),
        ...given(logits, labels),
        reads("logSumExp", logSumExp),
        reads("dLoss", dLoss),
      ],
      uniforms: { classes: ["i32", at(logits, 1)], rows: ["i32", rows] },
      ...rowCode(backend.device, gradient),
      workgroups: rows,
    });
    return [dLogits];
  }),
};

const given = (logits: TensorInfo, labels: TensorInfo) => [reads("logits", logits), reads("labels", labels, "i32")];

function average(
  backend: CheckedWebGPUBackend,
  { losses, labels, loss }: { losses: TensorInfo; labels: TensorInfo; loss: TensorInfo },
  rows: number,
): void {
  runProgram(backend, {
    name: "SoftmaxCrossEntropyMean",
    bindings: [writes("loss", loss), reads("losses", losses), reads("labels", labels, "i32")],
    uniforms: { rows: ["i32", rows] },
    ...rowCode(backend.device, meanLoss),
    workgroups: 1,
  });
}
