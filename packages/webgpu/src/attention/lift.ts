import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "../kernel.ts";
import { rowCode, rowLanes } from "../layers/row-reduction.ts";
import { reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";

/**
 * Gradients of a mean over many tokens are too small for float16. So it is not they that are rounded but their product with a power of two,
 * `lift()`, which brings the largest of them between 1 and 2; what is summed from them is multiplied with `lower()`, its inverse. Both are exact.
 */
export const liftCode = `
fn lift() -> f32 { return statistics[u.batches * u.heads * u.queries].x; }
fn lower() -> f32 { return statistics[u.batches * u.heads * u.queries].y; }
`;

const groups = 64;

const largestParts = `var largest = 0.0;
  for (var i = index * ${rowLanes} + lid; i < u.size; i += ${groups * rowLanes}) { largest = max(largest, abs(dOut[i])); }
  largest = max_all(lid, largest);
  if (lid == 0) { parts[index] = largest; }`;

const power = `let largest = max_all(lid, parts[lid]);
  var exponent = 0;
  if (largest > 0.0 && largest < 3.0e38) { exponent = clamp(1 - frexp(largest).exp, -120, 120); }
  if (lid == 0) { statistics[u.place] = vec2<f32>(ldexp(1.0, exponent), ldexp(1.0, -exponent)); }`;

/** Writes the power of two for dOut, and its inverse, behind the statistics of all rows. */
export function writeLift(backend: CheckedWebGPUBackend, dOut: TensorInfo, statistics: TensorInfo): void {
  const parts = output(backend, [groups]);
  runProgram(backend, {
    name: "PatternAttentionLargest",
    bindings: [writes("parts", parts), reads("dOut", dOut)],
    uniforms: { size: ["i32", sizeOf(dOut)] },
    ...rowCode(backend.device, largestParts),
    workgroups: groups,
  });
  runProgram(backend, {
    name: "PatternAttentionLift",
    bindings: [writes("statistics", statistics, "vec2<f32>"), reads("parts", parts)],
    uniforms: { place: ["i32", sizeOf(statistics) / 2 - 1] },
    ...rowCode(backend.device, power),
    workgroups: 1,
  });
  backend.disposeData(parts.dataId);
}
