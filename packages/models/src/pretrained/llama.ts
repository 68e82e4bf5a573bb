import { z } from "zod";
import { DecoderOnlyTransformer } from "../decoder-only-transformer.ts";
import type { PositionEncoding } from "../options.ts";
import type { DecoderParts } from "./gpt2.ts";
import { type DecoderLayout, readConfig, sizeSchema, sizesOf } from "./layout.ts";
import { type Allowance, type LoadReport, loadWeights } from "./load-weights.ts";
import { type RopeConfig, ropeConfig, ropeSchema } from "./rope-config.ts";
import { asStored, everyLayer, norm, type StoredTensors, torchLinear } from "./weight-map.ts";

const who = "llama weights";
const count = z.int().positive();
/** The keys of config.json that change the forward pass, with the defaults of Hugging Face's LlamaConfig. */
const schema = sizeSchema.extend({
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  max_position_embeddings: count.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.literal("silu").default("silu"),
  rope_theta: z.number().positive().optional(),
  /** Before transformers 5 and since. */
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
  attention_dropout: z.number().default(0),
  tie_word_embeddings: z.boolean().default(false),
});
type Config = z.infer<typeof schema>;

/**
 * LLaMA (Touvron et al. 2023) as published by Hugging Face: RMSNorm, SwiGLU, half-split RoPE, grouped heads, no biases. Names with or without the
 * prefix "model.".
 */
export function llamaLayout(tensors: StoredTensors, rawConfig: unknown): DecoderLayout {
  const config = readConfig(who, schema, rawConfig);
  const prefix = tensors.has("model.embed_tokens.weight") ? "model." : "";
  const sizes = sizesOf(config);
  const { heads, dModel } = sizes;
  const options = {
    ...sizes,
    keyValueHeads: config.num_key_value_heads ?? heads,
    headDim: config.head_dim ?? dModel / heads,
    norm: "pre",
    normKind: "rms",
    normEpsilon: config.rms_norm_eps,
    activation: "swiglu",
    bias: false,
    dropout: 0,
    attentionDropout: config.attention_dropout,
    tied: config.tie_word_embeddings,
    unembeddingBias: false,
    seed: 0,
  } as const;
  const ignored = options.tied ? /rotary_emb\.inv_freq$|^lm_head\.weight$/ : /rotary_emb\.inv_freq$/;
  const weights = { sources: sourcesOf(prefix, options.layers), ignored };
  return { kind: "decoder-only", options, position: { name: "rope", ...ropeOf(config) }, weights };
}

function ropeOf({ rope_theta, rope_scaling, rope_parameters }: Config): RopeConfig {
  return ropeConfig(who, rope_parameters ?? rope_scaling ?? {}, rope_theta);
}

function sourcesOf(prefix: string, layers: number) {
  return {
    ...asStored("embedding.weight", `${prefix}embed_tokens.weight`),
    ...everyLayer(layers, (layer) => {
      const [ours, theirs] = [`blocks.${layer}`, `${prefix}layers.${layer}`];
      return {
        ...norm(`${ours}.attentionNorm`, `${theirs}.input_layernorm`),
        ...torchLinear(`${ours}.attention.query`, `${theirs}.self_attn.q_proj`),
        ...torchLinear(`${ours}.attention.key`, `${theirs}.self_attn.k_proj`),
        ...torchLinear(`${ours}.attention.value`, `${theirs}.self_attn.v_proj`),
        ...torchLinear(`${ours}.attention.output`, `${theirs}.self_attn.o_proj`),
        ...norm(`${ours}.feedForwardNorm`, `${theirs}.post_attention_layernorm`),
        ...torchLinear(`${ours}.feedForward.gate`, `${theirs}.mlp.gate_proj`),
        ...torchLinear(`${ours}.feedForward.up`, `${theirs}.mlp.up_proj`),
        ...torchLinear(`${ours}.feedForward.down`, `${theirs}.mlp.down_proj`),
      };
    }),
    ...norm("norm", `${prefix}norm`),
    ...torchLinear("unembedding", "lm_head"),
  };
}

/** The parts of a decoder, whose rotation the config decides: `position` is `rope` of `@attention-lab/position-encodings`. */
export type LlamaParts = Omit<DecoderParts, "position"> & { readonly position: (rope: RopeConfig) => PositionEncoding };

/**
 * Builds the decoder that a config.json describes and fills it from the file's tensors.
 *
 * @throws one sentence for a config that this project has no model for, and for weights that are missing, unused or of another shape.
 */
export function llamaFromWeights(
  tensors: StoredTensors,
  config: unknown,
  parts: LlamaParts,
  allow?: Allowance,
): { readonly model: DecoderOnlyTransformer; readonly report: LoadReport } {
  const { options, weights } = llamaLayout(tensors, config);
  const position = parts.position(ropeOf(readConfig(who, schema, config)));
  const model = new DecoderOnlyTransformer({ ...options, ...parts, position });
  return { model, report: loadWeights(who, model.parameters(), weights, tensors, allow) };
}
