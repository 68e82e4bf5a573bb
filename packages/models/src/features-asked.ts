import type { Feature } from "@attention-lab/attention";
import type { BlockOptions } from "./options.ts";

/** What a block's options need of its self-attention; `accept` throws the variant's own sentence for what it cannot honour. */
export function selfFeatures(options: BlockOptions): Feature[] {
  return chosen({
    causal: options.causal,
    ...shared(options),
    scoreBias: options.position?.bias !== undefined,
    relativeContent: options.position?.relative !== undefined,
  });
}

/** What they need of its attention to another sequence, where positions have no meaning. */
export function crossFeatures(options: BlockOptions): Feature[] {
  return chosen({ crossAttention: true, ...shared(options) });
}

function shared({ heads, keyValueHeads = heads, attentionDropout = 0 }: BlockOptions) {
  return { groupedQuery: keyValueHeads !== heads, dropout: attentionDropout > 0 };
}

function chosen(asked: Readonly<Partial<Record<Feature, boolean>>>): Feature[] {
  return (Object.keys(asked) as Feature[]).filter((feature) => asked[feature]);
}
