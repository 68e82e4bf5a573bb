import {
  gather,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  type Tensor3D,
  type TensorContainer,
} from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";
import { isStepwise, type LanguageModel, type Stepped } from "./language-model.ts";

/** What an encoder-decoder model reads, one row per sequence. The caller owns the ids. */
export interface Source {
  /** int32 [B,S], padded behind with any id. */
  readonly ids: Tensor2D;
  /** Ids that count in each row, from 1 to S. */
  readonly lengths: readonly number[];
}

/** What decoding needs of an encoder-decoder model; vocabulary and maxLength are those of the target side. */
export interface EncoderDecoderModel<State extends TensorContainer = TensorContainer> {
  readonly vocabulary: number;
  readonly maxLength: number;
  /** Whether `start` and `step` may be called; absent: if they exist. */
  readonly stepwise?: boolean;
  /** Target ids int32 [B,N], given the sources -> logits [B,N,V] of each next target token. */
  logits(ids: Tensor2D, source: Source): Tensor3D;
  /** Encodes the sources, once, into the state before the first target token. */
  start?(source: Source): State;
  /** int32 target ids [B] of the next position -> logits of the one after it, and the new state. */
  step?(state: State, ids: Tensor1D): Stepped<State>;
}

/**
 * An encoder-decoder model with its sources, as a language model of the targets: decode it with one prompt per source row, which is what its
 * decoder begins with.
 *
 * @throws RangeError if a length is not from 1 to S, or if there are not as many prompts as sources.
 */
export function conditioned<State extends TensorContainer>(
  model: EncoderDecoderModel<State>,
  source: Source,
): LanguageModel<State> {
  const who = "conditioned";
  const [rows, longest] = source.ids.shape;
  if (source.lengths.length !== rows) throw invalid(who, `there must be ${rows} source lengths`, source.lengths.length);
  const bad = source.lengths.find((length) => !Number.isInteger(length) || length < 1 || length > longest);
  if (bad !== undefined) throw invalid(who, `source lengths must be integers from 1 to ${longest}`, bad);
  const { vocabulary, maxLength } = model;
  const whole: LanguageModel<State> = {
    vocabulary,
    maxLength,
    logits: (ids) => model.logits(ids, source),
    logitsFrom(ids, origins) {
      const outside = origins.find((origin) => origin >= rows);
      if (outside !== undefined) throw invalid(who, `there must be one prompt per source, ${rows} in all`, outside + 1);
      return model.logits(ids, {
        ids: gather(source.ids, tensor1d([...origins], "int32"), 0),
        lengths: origins.map((origin) => source.lengths[origin] ?? 0),
      });
    },
  };
  if (!isStepwise(model)) return whole;
  return {
    ...whole,
    start(batch) {
      if (batch !== rows) throw invalid(who, `there must be one prompt per source, ${rows} in all`, batch);
      return model.start(source);
    },
    step: (state, ids) => model.step(state, ids),
  };
}
