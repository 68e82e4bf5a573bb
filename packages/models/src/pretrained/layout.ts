import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import type { DecoderOnlyOptions, EncoderOnlyOptions, FeedForwardKind } from "../options.ts";
import type { RopeConfig } from "./rope-config.ts";
import type { WeightMap } from "./weight-map.ts";

/** What a published model is in our terms: plain data, besides the map of its weights. */
export interface EncoderLayout {
  readonly kind: "encoder-only";
  readonly options: Omit<EncoderOnlyOptions, "attention" | "position">;
  readonly position: { readonly name: "learned" };
  readonly weights: WeightMap;
}
export interface DecoderLayout {
  readonly kind: "decoder-only";
  readonly options: Omit<DecoderOnlyOptions, "attention" | "position">;
  readonly position: { readonly name: "learned" } | ({ readonly name: "rope" } & RopeConfig);
  readonly weights: WeightMap;
}
export type Layout = EncoderLayout | DecoderLayout;

const count = z.int().positive();
/** Sizes as most of Hugging Face's configs name them; GPT-2's has names of its own. */
export const sizeSchema = z.object({
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  max_position_embeddings: count,
});

/** The same sizes in our names. */
export function sizesOf(config: z.infer<typeof sizeSchema>) {
  return {
    vocabulary: config.vocab_size,
    dModel: config.hidden_size,
    heads: config.num_attention_heads,
    layers: config.num_hidden_layers,
    feedForward: config.intermediate_size,
    maxLength: config.max_position_embeddings,
  };
}

/** Hugging Face's names of activations that we have. */
const activations: Readonly<Record<string, FeedForwardKind>> = {
  gelu: "geluErf",
  gelu_new: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
  relu: "relu",
};

export function activationOf(who: string, name: string): FeedForwardKind {
  const known = activations[name];
  if (known === undefined)
    throw invalid(who, `the activation must be one of ${Object.keys(activations).join(", ")}`, name);
  return known;
}

/** Reads what matters of a published config.json, whose other keys say nothing about the forward pass. */
export function readConfig<Schema extends z.ZodType>(who: string, schema: Schema, raw: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join(".") ?? "";
  throw new RangeError(`${who}: config ${key === "" ? "" : `key ${key} `}${issue?.message ?? "is malformed"}`);
}
