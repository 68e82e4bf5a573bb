import type { Four } from "@attention-lab/kernels";

/** Element types which the engines do not have: booleans and integers. */
export type PlainArray = Uint8Array | Int32Array | Float32Array;

/** `Engine.permute` for any element type: y[yOffset + sum(i * yStride) + r] = x[xOffset + sum(i * stride) + r], r below `run`. */
export function plainPermute(
  counts: Four,
  strides: Four,
  run: number,
  x: PlainArray,
  xOffset: number,
  y: PlainArray,
  yOffset: number,
  yStrides: Four,
): void {
  for (let i = 0; i < counts[0]; i++) {
    for (let j = 0; j < counts[1]; j++) {
      for (let k = 0; k < counts[2]; k++) {
        let from = xOffset + i * strides[0] + j * strides[1] + k * strides[2];
        let to = yOffset + i * yStrides[0] + j * yStrides[1] + k * yStrides[2];
        for (let l = 0; l < counts[3]; l++, from += strides[3], to += yStrides[3]) {
          if (run === 1) y[to] = x[from] ?? 0;
          else y.set(x.subarray(from, from + run), to);
        }
      }
    }
  }
}
