import { clone, mul, tensor, type Tensor } from "@tensorflow/tfjs-core";
import { invalid, philoxInto, scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";

export interface DropoutOptions {
  /** Probability in [0, 1) that an element becomes 0. */
  readonly rate: number;
  /** Names the layer: derive one per layer with `deriveSeed`. */
  readonly seed: number;
  /** Names the training step. */
  readonly step: number;
  /** Outside training dropout is the identity. */
  readonly training: boolean;
}

/** Word 1 of the key: keeps dropout masks apart from other draws of the same seed. */
const dropoutKey = 0x6a09e667;

/**
 * Inverted dropout (Srivastava et al. 2014) whose mask depends on seed, step and element alone, so that a resumed run, any backend and
 * any thread count drop the same elements. Element i (row-major) uses word i % 4 of philox4x32(counter = [floor(i / 4), 0, step, 0],
 * key = [seed, 0x6a09e667]), all uint32; it is kept, times 1 / (1 - rate), when the word is at least rate * 2^32.
 */
export function dropout(x: Tensor, { rate, seed, step, training }: DropoutOptions): Tensor {
  if (!(rate >= 0 && rate < 1)) throw invalid("dropout", "rate must be at least 0 and below 1", rate);
  if (!training || rate === 0) return clone(x);
  const key = [seed >>> 0, dropoutKey] as const;
  const counter = [step >>> 0, 0] as const;
  if (!hasKernel("CounterDropout")) {
    return scope("dropout", () => mul(x, tensor(maskValues(x.size, rate, key, counter), x.shape, "float32")));
  }
  const drop = (values: Tensor): Tensor[] => runFused("CounterDropout", { x: values }, { rate, key, counter });
  return withGradient([x], () => ({ value: drop(x)[0] ?? x, gradient: drop }));
}

function maskValues(
  size: number,
  rate: number,
  key: readonly [number, number],
  [step, stream]: readonly [number, number],
): Float32Array {
  const mask = new Float32Array(size);
  const words = new Uint32Array(4);
  const threshold = rate * 2 ** 32;
  for (let block = 0; 4 * block < size; block++) {
    philoxInto(words, 0, [block, 0, step, stream], key);
    for (const [lane, word] of words.entries()) {
      if (4 * block + lane < size && word >= threshold) mask[4 * block + lane] = 1 / (1 - rate);
    }
  }
  return mask;
}
