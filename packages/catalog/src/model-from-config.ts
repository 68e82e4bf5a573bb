import { type Attention, parseOptions, positiveCount } from "@attention-lab/attention";
import { DecoderOnlyTransformer, EncoderDecoderTransformer, EncoderOnlyTransformer } from "@attention-lab/models";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { attentionFromConfig } from "./catalog.ts";
import { unknownName } from "./lookup.ts";
import { positionFromConfig } from "./position-from-config.ts";

const share = z.number({ error: "must be a number" }).min(0).lt(1);
const flag = z.boolean().exactOptional();
const count = positiveCount.exactOptional();
const norm = z.enum(["pre", "post"]);
const activation = z.enum(["relu", "geluErf", "geluTanh", "swiglu"]);
const shared = {
  vocabulary: positiveCount,
  dModel: positiveCount,
  heads: positiveCount,
  keyValueHeads: count,
  headDim: count,
  feedForward: positiveCount,
  maxLength: positiveCount,
  normKind: z.enum(["layer", "rms"]).exactOptional(),
  normEpsilon: z.number().positive().exactOptional(),
  bias: flag,
  attentionDropout: share.exactOptional(),
  feedForwardDropout: share.exactOptional(),
  finalNorm: flag,
  scaleEmbeddings: flag,
  seed: z.int({ error: "must be a whole number" }),
};
const stack = { ...shared, layers: positiveCount, norm, activation, dropout: share };
const decoderOnly = z.strictObject({ ...stack, tied: z.boolean(), unembeddingBias: flag });
const encoderOnly = z.strictObject({
  ...stack,
  tokenTypes: count,
  embeddingNorm: flag,
  maskedTokens: flag,
  pooler: flag,
  classes: count,
});
const encoderDecoder = z.strictObject({
  ...shared,
  layers: count,
  decoderLayers: count,
  norm: norm.exactOptional(),
  activation: activation.exactOptional(),
  dropout: share.exactOptional(),
  sourceVocabulary: count,
  tied: flag,
});

/** A Transformer by its kind. */
export type ReadModel =
  | { readonly kind: "decoder-only"; readonly model: DecoderOnlyTransformer }
  | { readonly kind: "encoder-only"; readonly model: EncoderOnlyTransformer }
  | { readonly kind: "encoder-decoder"; readonly model: EncoderDecoderTransformer };

const kinds = ["decoder-only", "encoder-only", "encoder-decoder"] as const;

/**
 * The Transformer that plain data describes: `kind`, the options of that model, `attention` by name (a list has one for each layer) and
 * `position` by name; an encoder-decoder may name `decoderAttention`, `crossAttention` and `decoderPosition` too. A RangeError says in one sentence
 * what is wrong with it, and what a variant cannot honour in the variant's own.
 */
export function modelFromConfig(config: unknown): ReadModel {
  if (typeof config !== "object" || config === null) {
    throw invalid("model", "a config must be an object such as { kind: 'decoder-only', ... }", config);
  }
  const { kind, attention, position, ...raw } = config as Readonly<Record<string, unknown>>;
  const parts = {
    attention: variants(attention),
    ...(position == null ? {} : { position: positionFromConfig(position) }),
  };
  switch (kind) {
    case "decoder-only":
      return { kind, model: new DecoderOnlyTransformer({ ...parseOptions(kind, decoderOnly, raw), ...parts }) };
    case "encoder-only":
      return { kind, model: new EncoderOnlyTransformer({ ...parseOptions(kind, encoderOnly, raw), ...parts }) };
    case "encoder-decoder": {
      const { decoderAttention, crossAttention, decoderPosition, ...rest } = raw;
      const own = {
        ...(decoderAttention == null ? {} : { decoderAttention: variants(decoderAttention) }),
        ...(crossAttention == null ? {} : { crossAttention: variants(crossAttention) }),
        ...(decoderPosition == null ? {} : { decoderPosition: positionFromConfig(decoderPosition) }),
      };
      const options = parseOptions(kind, encoderDecoder, rest);
      return { kind, model: new EncoderDecoderTransformer({ ...options, ...parts, ...own }) };
    }
    default:
      throw unknownName("model", "kind", kinds, kind);
  }
}

function variants(config: unknown): Attention | readonly Attention[] {
  return Array.isArray(config) ? config.map((each) => attentionFromConfig(each)) : attentionFromConfig(config);
}
