import { type TensorContainer, dispose } from "@tensorflow/tfjs-core";

/** Frees every tensor of a batch; host data in it is left alone. */
export function freeBatch(batch: object): void {
  dispose(batch as TensorContainer);
}
