import { getBackend, type Tensor } from "@tensorflow/tfjs-core";

/**
 * The tensor's values where its backend keeps them in the computer's own memory, undefined on a graphics card, where reading is
 * asynchronous or stops the pipeline: for checks of ids and masks, which are then left to the card's own bounds.
 */
export function hostValues(x: Tensor): ArrayLike<number> | undefined {
  return getBackend().startsWith("web") ? undefined : x.dataSync();
}
