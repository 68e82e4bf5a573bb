import { z } from "zod";
import { DecoderOnlyTransformer } from "../decoder-only-transformer.ts";
import type { DecoderOnlyOptions } from "../options.ts";
import { activationOf, type DecoderLayout, readConfig } from "./layout.ts";
import { type Allowance, type LoadReport, loadWeights } from "./load-weights.ts";
import { asStored, convolution, everyLayer, norm, type StoredTensors } from "./weight-map.ts";

const who = "gpt2 weights";
const count = z.int().positive();
/** The keys of config.json that change the forward pass, with the defaults of Hugging Face's GPT2Config. */
const schema = z.object({
  vocab_size: count,
  n_embd: count,
  n_layer: count,
  n_head: count,
  n_inner: count.nullish(),
  n_positions: count.default(1024),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  activation_function: z.string().default("gelu_new"),
  resid_pdrop: z.number().default(0.1),
  attn_pdrop: z.number().default(0.1),
  tie_word_embeddings: z.boolean().default(true),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  add_cross_attention: z.literal(false).default(false),
});

/** GPT-2 (Radford et al. 2019) as published by Hugging Face: names with or without the prefix "transformer.". */
export function gpt2Layout(tensors: StoredTensors, rawConfig: unknown): DecoderLayout {
  const config = readConfig(who, schema, rawConfig);
  const prefix = tensors.has("transformer.wte.weight") ? "transformer." : "";
  const options = {
    vocabulary: config.vocab_size,
    dModel: config.n_embd,
    heads: config.n_head,
    layers: config.n_layer,
    feedForward: config.n_inner ?? 4 * config.n_embd,
    maxLength: config.n_positions,
    norm: "pre",
    normEpsilon: config.layer_norm_epsilon,
    activation: activationOf(who, config.activation_function),
    dropout: config.resid_pdrop,
    attentionDropout: config.attn_pdrop,
    tied: config.tie_word_embeddings,
    unembeddingBias: false,
    seed: 0,
  } as const;
  const tiedHead = options.tied ? "|^lm_head\\.weight$" : "";
  const ignored = new RegExp(`\\.attn\\.(masked_)?bias$${tiedHead}`);
  const weights = { sources: sourcesOf(prefix, options.layers), ignored };
  return { kind: "decoder-only", options, position: { name: "learned" }, weights };
}

function sourcesOf(prefix: string, layers: number) {
  return {
    ...asStored("embedding.weight", `${prefix}wte.weight`),
    ...asStored("position.weight", `${prefix}wpe.weight`),
    ...everyLayer(layers, (layer) => {
      const [ours, theirs] = [`blocks.${layer}`, `${prefix}h.${layer}`];
      const part = (role: string, index: number) =>
        convolution(`${ours}.attention.${role}`, `${theirs}.attn.c_attn`, { index, of: 3 });
      return {
        ...norm(`${ours}.attentionNorm`, `${theirs}.ln_1`),
        ...part("query", 0),
        ...part("key", 1),
        ...part("value", 2),
        ...convolution(`${ours}.attention.output`, `${theirs}.attn.c_proj`),
        ...norm(`${ours}.feedForwardNorm`, `${theirs}.ln_2`),
        ...convolution(`${ours}.feedForward.up`, `${theirs}.mlp.c_fc`),
        ...convolution(`${ours}.feedForward.down`, `${theirs}.mlp.c_proj`),
      };
    }),
    ...norm("norm", `${prefix}ln_f`),
    "unembedding.weight": { from: ["lm_head.weight"], transposed: true },
  };
}

/** A variant that can be causal, a learned position, and options that replace the config's. */
export type DecoderParts = Partial<DecoderOnlyOptions> & Required<Pick<DecoderOnlyOptions, "attention" | "position">>;

/**
 * Builds the decoder that a config.json describes and fills it from the file's tensors.
 *
 * @throws one sentence for a config that this project has no model for, and for weights that are missing, unused or of another shape.
 */
export function gpt2FromWeights(
  tensors: StoredTensors,
  config: unknown,
  parts: DecoderParts,
  allow?: Allowance,
): { readonly model: DecoderOnlyTransformer; readonly report: LoadReport } {
  const { options, weights } = gpt2Layout(tensors, config);
  const model = new DecoderOnlyTransformer({ ...options, ...parts });
  return { model, report: loadWeights(who, model.parameters(), weights, tensors, allow) };
}
