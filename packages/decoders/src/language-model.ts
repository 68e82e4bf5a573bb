import type { Tensor1D, Tensor2D, Tensor3D, TensorContainer } from "@tensorflow/tfjs-core";

/** One step of a cached model. */
export interface Stepped<State extends TensorContainer> {
  readonly logits: Tensor2D; // [B,V]
  readonly state: State;
}

/**
 * What decoding needs of a language model. With `start` and `step` it is decoded with a cache or a recurrent state. Every tensor of the
 * state has the batch on axis 0: decoding gathers its rows when beams are reordered or sequences end.
 */
export interface LanguageModel<State extends TensorContainer = TensorContainer> {
  /** Number of token ids. */
  readonly vocabulary: number;
  /** Longest sequence that `logits` takes. */
  readonly maxLength: number;
  /** Whether `start` and `step` may be called; absent: if they exist. */
  readonly stepwise?: boolean;
  /** int32 ids [B,N] -> logits [B,N,V] of each next token. */
  logits(ids: Tensor2D): Tensor3D;
  /** `logits` where rows differ in more than their ids: row i goes on from prompt `origins[i]`. See `conditioned`. */
  logitsFrom?(ids: Tensor2D, origins: readonly number[]): Tensor3D;
  /** The state before the first token. */
  start?(batch: number): State;
  /** int32 ids [B] of the next position -> logits of the one after it, and the new state. */
  step?(state: State, ids: Tensor1D): Stepped<State>;
}

type StepByStep = { readonly stepwise?: boolean; readonly start?: unknown; readonly step?: unknown };
export type StepwiseModel = LanguageModel & Required<Pick<LanguageModel, "start" | "step">>;

/** Whether the model can be decoded with a cache. */
export function isStepwise<M extends StepByStep>(model: M): model is M & Required<Pick<M, "start" | "step">> {
  return model.start !== undefined && model.step !== undefined && model.stepwise !== false;
}
