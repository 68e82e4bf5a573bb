import { tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Sees } from "./retention-call.ts";

/**
 * Powers of the decays as tensors. The exponents are never negative, so nothing overflows however long a sequence or strong a decay; a power
 * too small for float32 is 0. Computed in float64.
 */

/** gamma_h^|i - j| where position i sees j, 0 elsewhere, times `scale`: D of Sun et al. 2023, eq. 5. [1,H,N,N] */
export function decayMatrix(
  length: number,
  { gammas, scale, sees }: { gammas: readonly number[]; scale: number; sees: (i: number, j: number) => boolean },
): Tensor4D {
  const values = new Float32Array(gammas.length * length * length);
  let place = 0;
  for (const gamma of gammas) {
    const powers = Float64Array.from({ length }, (_, distance) => scale * gamma ** distance);
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < length; j++, place++) if (sees(i, j)) values[place] = powers[Math.abs(i - j)] ?? 0;
    }
  }
  return tensor(values, [1, gammas.length, length, length]);
}

export function seesOf(sees: Sees): (i: number, j: number) => boolean {
  switch (sees) {
    case "past":
      return (i, j) => j <= i;
    case "future":
      return (i, j) => j >= i;
    case "all":
      return () => true;
  }
}

/**
 * factor * gamma_h^exponent(i) for i = 0 .. length - 1, repeated over the batch, where it then is a column: the form of broadcasting that
 * every backend does in one pass. [B,H,length,1]
 */
export function decayColumn(
  { batch, gammas, length }: { batch: number; gammas: readonly number[]; length: number },
  exponent: (i: number) => number,
  factor = 1,
): Tensor4D {
  const one = gammas.flatMap((gamma) => Array.from({ length }, (_, i) => factor * gamma ** exponent(i)));
  const values = new Float32Array(batch * one.length);
  for (let b = 0; b < batch; b++) values.set(one, b * one.length);
  return tensor(values, [batch, gammas.length, length, 1]);
}
