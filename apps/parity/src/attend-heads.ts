import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Call, Mechanism } from "@attention-lab/attention";
import type { Tensors } from "./adapter.ts";

type Heads = Pick<Call, "q" | "k" | "v">;

/** A case's q, k and v where they are stored by head, [B,H,N,D]. */
export function headsOf({ q, k, v }: Tensors): Heads {
  return { q: q as Tensor4D, k: k as Tensor4D, v: v as Tensor4D };
}

/** A mechanism on given heads, as in evaluation: no layer around it, position 0, no dropout. */
export function attendHeads(mechanism: Mechanism, heads: Heads & Pick<Call, "keyPadding">): Tensor4D {
  const input = (): never => {
    throw new Error("parity: the case gives heads, so there is no layer input");
  };
  return mechanism.attend({ ...heads, input, queryOffset: 0, training: false, step: 0 });
}
