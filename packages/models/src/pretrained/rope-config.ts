import { invalid } from "@attention-lab/tensors";
import { z } from "zod";

/** The rotation that a published decoder was trained with, in the words of `rope` of `@attention-lab/position-encodings`. */
export interface RopeConfig {
  readonly base: number;
  readonly pairing: "half";
  readonly fraction: number;
  readonly scaling?: RopeScalingConfig;
}
type RopeScalingConfig =
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalLength: number;
      readonly fast: number;
      readonly slow: number;
      readonly ramp: "planes" | "rotations";
      readonly magnitude?: number;
    };

const positive = z.number().positive();
/** `rope_scaling` of a config.json, or since transformers 5 `rope_parameters`. */
export const ropeSchema = z.object({
  rope_theta: positive.optional(),
  rope_type: z.string().optional(),
  type: z.string().optional(),
  factor: positive.optional(),
  original_max_position_embeddings: z.int().positive().optional(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  attention_factor: positive.nullish(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
});
type Said = z.infer<typeof ropeSchema>;

/** Hugging Face's words in ours. Throws a RangeError for a kind of scaling that we have not, or one that lacks a number. */
export function ropeConfig(who: string, said: Said, base = 10000): RopeConfig {
  const kind = said.rope_type ?? said.type ?? "default";
  const plain = { base: said.rope_theta ?? base, pairing: "half", fraction: 1 } as const;
  const number = (key: "factor" | "original_max_position_embeddings" | "low_freq_factor" | "high_freq_factor") => {
    const value = said[key];
    if (value === undefined) throw invalid(who, `rope of type ${kind} needs ${key}`, value);
    return value;
  };
  switch (kind) {
    case "default":
      return plain;
    case "linear":
      return { ...plain, scaling: { kind, factor: number("factor") } };
    case "yarn": {
      const { beta_fast: fast, beta_slow: slow, attention_factor: magnitude } = said;
      const ramp = {
        fast: fast ?? 32,
        slow: slow ?? 1,
        ramp: "planes",
        ...(magnitude == null ? {} : { magnitude }),
      } as const;
      const originalLength = number("original_max_position_embeddings");
      return { ...plain, scaling: { kind, factor: number("factor"), originalLength, ...ramp } };
    }
    case "llama3": {
      // Between its two bounds of turns LLaMA 3 mixes as YaRN's paper does, and leaves the scores alone.
      const turns = { fast: number("high_freq_factor"), slow: number("low_freq_factor"), ramp: "rotations" } as const;
      const originalLength = number("original_max_position_embeddings");
      return { ...plain, scaling: { kind: "yarn", factor: number("factor"), originalLength, ...turns, magnitude: 1 } };
    }
    default:
      throw invalid(who, "the type of rope must be one of default, linear, yarn, llama3", kind);
  }
}
