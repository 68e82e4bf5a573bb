import { attentionFromConfig } from "@attention-lab/catalog";
import type { EncoderDecoderModel, Source } from "@attention-lab/decoders";
import { EncoderDecoderTransformer, RecurrentSeq2Seq } from "@attention-lab/models";
import type { Parameters } from "@attention-lab/nn";
import type { SequenceToSequence } from "@attention-lab/tasks";
import { deriveSeed, invalid } from "@attention-lab/tensors";
import type { PairModel } from "@attention-lab/training";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Run } from "./run.ts";
import type { SystemOptions } from "./system.ts";
import { transformerOptions, variantsOf } from "./variants.ts";

/** A model from one sequence to another, as training and decoding see it. */
export interface SequenceModel extends EncoderDecoderModel {
  parameters(): Parameters;
  logits: PairModel["logits"] & EncoderDecoderModel["logits"];
  /** Recurrent: where each step of the target looks in the source, [B,T,M]; undefined where it looks nowhere. */
  weights?(ids: Tensor2D, source: Source): Tensor3D | undefined;
}

/** The Transformer of Vaswani et al. 2017, or a pair of recurrent networks. */
export function pairModel(run: Run, task: SequenceToSequence, options: SystemOptions): SequenceModel {
  return run.model.kind === "recurrent" ? recurrent(run, task) : transformer(run, task, options);
}

function transformer(run: Run, task: SequenceToSequence, options: SystemOptions): SequenceModel {
  return new EncoderDecoderTransformer({
    ...transformerOptions(run, Math.max(task.sourceLength, task.targetLength)),
    vocabulary: task.vocabulary,
    ...(task.shared ? {} : { sourceVocabulary: task.sourceVocabulary }),
    attention: variantsOf(run, options, "encoder "),
    decoderAttention: variantsOf(run, options, "decoder "),
    crossAttention: variantsOf(run, options, "decoder ", " to the source"),
    seed: deriveSeed(run.seed, "model"),
  });
}

function recurrent(run: Run, task: SequenceToSequence): SequenceModel {
  const {
    cell = "gru",
    dModel = 128,
    layers = 1,
    dropout = 0,
    bidirectional,
    reverseSource,
    attend,
    inputFeeding,
  } = run.model;
  const [attention, ...more] = run.attention;
  if (more.length > 0) throw invalid("recurrent model", "there must be one attention, or none", run.attention.length);
  const variant = attention && attentionFromConfig(attention);
  return new RecurrentSeq2Seq({
    vocabulary: task.vocabulary,
    sourceVocabulary: task.sourceVocabulary,
    cell,
    embedding: dModel,
    units: dModel,
    layers,
    dropout,
    ...(bidirectional === undefined ? {} : { bidirectional }),
    ...(reverseSource === undefined ? {} : { reverseSource }),
    context:
      variant === undefined
        ? "fixed"
        : {
            attention: variant,
            attend: attend ?? (variant.name === "luong" ? "after" : "before"),
            ...(inputFeeding === undefined ? {} : { inputFeeding }),
          },
    seed: deriveSeed(run.seed, "model"),
  });
}
