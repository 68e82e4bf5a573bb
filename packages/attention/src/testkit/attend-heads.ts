import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Call, Mechanism } from "../contract.ts";

/** A mechanism on given heads, as in evaluation: no layer around it, position 0, no dropout. For fixtures and measurements. */
export function attendHeads(mechanism: Mechanism, heads: Pick<Call, "q" | "k" | "v" | "keyPadding">): Tensor4D {
  const input = (): never => {
    throw new Error(
      "attendHeads: a mechanism that reads the layer's input cannot be asked for heads alone, got no layer",
    );
  };
  return mechanism.attend({ ...heads, input, queryOffset: 0, training: false, step: 0 });
}
