import { memory, profile } from "@tensorflow/tfjs-core";

/**
 * Counts what a run does on a stock backend, from TensorFlow.js' own profile: multiply-adds of the matrix products and the peak of live
 * bytes above the start. Fused kernels do not show in it: hand in their engine's counter for those.
 */
export async function countByProfile(run: () => void): Promise<{ multiplyAdds: number; peakBytes: number }> {
  const before = memory().numBytes;
  const { kernels } = await profile(run);
  let multiplyAdds = 0;
  let most = before;
  for (const { name, inputShapes, outputShapes, totalBytesSnapshot } of kernels) {
    most = Math.max(most, totalBytesSnapshot);
    const [a, b] = inputShapes;
    const out = outputShapes[0];
    if (name !== "BatchMatMul" || a === undefined || b === undefined || out === undefined) continue;
    // a has m k, b has k n, out has m n elements per matrix: k without knowing which operand is transposed.
    const matrices = size(out.slice(0, -2));
    const inner = Math.sqrt((size(a) * size(b)) / (size(out) * matrices));
    multiplyAdds += size(out) * inner;
  }
  return { multiplyAdds, peakBytes: most - before };
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
