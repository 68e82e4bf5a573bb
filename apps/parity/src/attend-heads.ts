import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Call } from "@attention-lab/attention";
import type { Tensors } from "./adapter.ts";

export { attendHeads } from "@attention-lab/attention/testkit";

/** A case's q, k and v where they are stored by head, [B,H,N,D]. */
export function headsOf({ q, k, v }: Tensors): Pick<Call, "q" | "k" | "v"> {
  return { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D };
}
