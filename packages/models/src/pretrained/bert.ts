import { z } from "zod";
import { EncoderOnlyTransformer } from "../encoder-only-transformer.ts";
import type { EncoderOnlyOptions } from "../options.ts";
import { activationOf, type EncoderLayout, readConfig, sizeSchema, sizesOf } from "./layout.ts";
import { type Allowance, type LoadReport, loadWeights } from "./load-weights.ts";
import { asStored, everyLayer, norm, type StoredTensors, torchLinear } from "./weight-map.ts";

const who = "bert weights";
const count = z.int().positive();
/** The keys of config.json that change the forward pass, with the defaults of Hugging Face's BertConfig. */
const schema = sizeSchema.extend({
  max_position_embeddings: count.default(512),
  type_vocab_size: count.default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.string().default("gelu"),
  hidden_dropout_prob: z.number().default(0.1),
  attention_probs_dropout_prob: z.number().default(0.1),
  position_embedding_type: z.literal("absolute").default("absolute"),
  is_decoder: z.literal(false).default(false),
});

/**
 * A BERT-style encoder (Devlin et al. 2019; MiniLM, sentence-transformers) as published by Hugging Face: names with or without the prefix
 * "bert.", and those heads that the file holds.
 */
export function bertLayout(tensors: StoredTensors, rawConfig: unknown): EncoderLayout {
  const config = readConfig(who, schema, rawConfig);
  const prefix = tensors.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  const pooler = tensors.has(`${prefix}pooler.dense.weight`);
  const classes = (tensors.get("classifier.weight") ?? tensors.get("cls.seq_relationship.weight"))?.shape[0];
  const options = {
    ...sizesOf(config),
    norm: "post",
    normEpsilon: config.layer_norm_eps,
    activation: activationOf(who, config.hidden_act),
    dropout: config.hidden_dropout_prob,
    attentionDropout: config.attention_probs_dropout_prob,
    tokenTypes: config.type_vocab_size,
    embeddingNorm: true,
    maskedTokens: tensors.has("cls.predictions.transform.dense.weight"),
    pooler,
    ...(classes === undefined || !pooler ? {} : { classes }),
    seed: 0,
  } as const;
  const weights = { sources: sourcesOf(prefix, options.layers), ignored: /position_ids$|^cls\.predictions\.decoder\./ };
  return { kind: "encoder-only", options, position: { name: "learned" }, weights };
}

function sourcesOf(prefix: string, layers: number) {
  return {
    ...asStored("embedding.weight", `${prefix}embeddings.word_embeddings.weight`),
    ...asStored("tokenTypes.weight", `${prefix}embeddings.token_type_embeddings.weight`),
    ...asStored("position.weight", `${prefix}embeddings.position_embeddings.weight`),
    ...norm("embeddingNorm", `${prefix}embeddings.LayerNorm`),
    ...everyLayer(layers, (layer) => {
      const [ours, theirs] = [`blocks.${layer}`, `${prefix}encoder.layer.${layer}`];
      return {
        ...torchLinear(`${ours}.attention.query`, `${theirs}.attention.self.query`),
        ...torchLinear(`${ours}.attention.key`, `${theirs}.attention.self.key`),
        ...torchLinear(`${ours}.attention.value`, `${theirs}.attention.self.value`),
        ...torchLinear(`${ours}.attention.output`, `${theirs}.attention.output.dense`),
        ...norm(`${ours}.attentionNorm`, `${theirs}.attention.output.LayerNorm`),
        ...torchLinear(`${ours}.feedForward.up`, `${theirs}.intermediate.dense`),
        ...torchLinear(`${ours}.feedForward.down`, `${theirs}.output.dense`),
        ...norm(`${ours}.feedForwardNorm`, `${theirs}.output.LayerNorm`),
      };
    }),
    ...torchLinear("maskedTokens.dense", "cls.predictions.transform.dense"),
    ...norm("maskedTokens.norm", "cls.predictions.transform.LayerNorm"),
    ...asStored("maskedTokens.bias", "cls.predictions.bias", "cls.predictions.decoder.bias"),
    ...torchLinear("pooler.dense", `${prefix}pooler.dense`),
    ...torchLinear("classifier", "classifier", "cls.seq_relationship"),
  };
}

/** A variant, a learned position, and options that replace the config's. */
export type EncoderParts = Partial<EncoderOnlyOptions> & Required<Pick<EncoderOnlyOptions, "attention" | "position">>;

/**
 * Builds the encoder that a config.json describes and fills it from the file's tensors: `bertFromWeights(readSafetensors(bytes), config,
 * { attention: full({}), position: learned(learned.parse({})) })`.
 *
 * @throws one sentence for a config that this project has no model for, and for weights that are missing, unused or of another shape.
 */
export function bertFromWeights(
  tensors: StoredTensors,
  config: unknown,
  parts: EncoderParts,
  allow?: Allowance,
): { readonly model: EncoderOnlyTransformer; readonly report: LoadReport } {
  const { options, weights } = bertLayout(tensors, config);
  const model = new EncoderOnlyTransformer({ ...options, ...parts });
  return { model, report: loadWeights(who, model.parameters(), weights, tensors, allow) };
}
