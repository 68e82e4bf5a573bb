import { invalid } from "@attention-lab/tensors";
import type { z } from "zod";
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
