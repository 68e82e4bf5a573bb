import type { Attention, Support, Variant } from "@attention-lab/attention";
import { invalid } from "@attention-lab/tensors";
import * as entries from "./attentions.ts";
import { lookup } from "./lookup.ts";

type Entry = (typeof entries)[keyof typeof entries];

/** Names of the variants, as they stand in configs. */
export type AttentionName = Entry["variant"];
/** The options of one variant, as its `parse` returns them. */
export type AttentionOptions<Name extends AttentionName> = ReturnType<Extract<Entry, { variant: Name }>["parse"]>;
/** A variant with its options, as it stands in a config: `{ name: "performer", features: 256, ... }`. */
export type AttentionConfig = {
  [Name in AttentionName]: { readonly name: Name } & Keyed<AttentionOptions<Name>>;
}[AttentionName];
/** A variant without options is read as a record without entries, which no `name` could join. */
type Keyed<O> = string extends keyof O ? unknown : O;

/** Every variant by its name. */
export const attentions = Object.fromEntries(Object.values(entries).map((entry) => [entry.variant, entry])) as {
  readonly [E in Entry as E["variant"]]: E;
};

/** The same with the options' types forgotten, for names that come from outside: `parse` checks what they get. */
export const variantsByName = attentions as unknown as Readonly<Record<string, Variant>>;

/** The variant of that name; throws a RangeError with the allowed names and the near miss. */
export function attentionVariant(name: unknown): Variant {
  return lookup("attention", variantsByName, name);
}

export interface ReadAttention {
  readonly variant: Variant;
  /** The options as plain data, with their defaults where the variant's `parse` fills them in. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly attention: Attention<Support>;
}

/** Reads `{ name, ...options }`; a RangeError says in one sentence what is wrong with it. */
export function readAttention(config: unknown): ReadAttention {
  if (typeof config !== "object" || config === null) {
    throw invalid("attention", "a config must be an object such as { name: 'full' }", config);
  }
  const { name, ...raw } = config as { name?: unknown };
  return readVariant(attentionVariant(name), raw);
}

/** The variant, of the catalogue or from elsewhere, with options of unknown origin. */
export function readVariant(variant: Variant, raw: Readonly<Record<string, unknown>>): ReadAttention {
  const parsed = variant.parse(raw);
  return { variant, options: plainOptions(parsed, raw), attention: variant(parsed) };
}

/** What `parse` adds beyond data (Linformer's shared projection) is made anew whenever the config is read. */
function plainOptions(parsed: unknown, raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(parsed as Readonly<Record<string, unknown>>);
  return Object.fromEntries(entries.filter(([key, value]) => key in raw || typeof value !== "object"));
}

/** The variant that a config names, with its options: `attentionFromConfig({ name: "linformer", rank: 128 })`. */
export function attentionFromConfig(config: unknown): Attention<Support> {
  return readAttention(config).attention;
}
