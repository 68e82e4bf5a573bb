import type { Attention } from "@attention-lab/attention";
import { attentionPerLayer, checkSizes, isList } from "./check-options.ts";
import type { EncoderDecoderOptions, LayerOptions, PositionEncoding } from "./options.ts";

const who = "encoder-decoder transformer";

/** The variants and the position of one stack. */
interface StackOptions {
  readonly attentions: readonly Attention[];
  readonly crossAttentions?: readonly Attention[];
  readonly position: PositionEncoding | undefined;
}
type Filled<Key extends "layers" | "decoderLayers" | "sourceVocabulary" | "scaleEmbeddings" | "tied"> = Required<
  Pick<EncoderDecoderOptions, Key>
>;
/** The options with the paper's base model where they were silent (Vaswani et al. 2017, table 3). */
export interface FilledOptions
  extends LayerOptions, Filled<"layers" | "decoderLayers" | "sourceVocabulary" | "scaleEmbeddings" | "tied"> {
  readonly vocabulary: number;
  readonly finalNorm?: boolean;
  readonly encoder: StackOptions;
  readonly decoder: StackOptions;
}

/** Fills in the defaults, checks sizes, and asks every layer's variant for what its place needs. */
export function fillOptions(options: EncoderDecoderOptions): FilledOptions {
  const { attention, decoderAttention, crossAttention, position, decoderPosition, ...rest } = options;
  const { vocabulary, sourceVocabulary = vocabulary, layers = 6, decoderLayers = layers } = rest;
  checkSizes(who, options, { vocabulary, sourceVocabulary, layers, decoderLayers });
  const perLayer = (
    variants: Attention | readonly Attention[],
    count: number,
    needs: ("causal" | "crossAttention")[],
  ) => attentionPerLayer(who, variants, { layers: count, needs });
  const own = decoderAttention ?? only(attention, "decoderAttention");
  const cross = crossAttention ?? only(attention, "crossAttention");
  return {
    ...rest,
    norm: rest.norm ?? "post",
    activation: rest.activation ?? "relu",
    dropout: rest.dropout ?? 0.1,
    scaleEmbeddings: rest.scaleEmbeddings ?? true,
    tied: rest.tied ?? true,
    layers,
    decoderLayers,
    sourceVocabulary,
    encoder: { attentions: perLayer(attention, layers, []), position },
    decoder: {
      attentions: perLayer(own, decoderLayers, ["causal"]),
      crossAttentions: perLayer(cross, decoderLayers, ["crossAttention"]),
      position: decoderPosition ?? position,
    },
  };
}

/** A list of the encoder's variants says nothing about the decoder's. */
function only(attention: Attention | readonly Attention[], option: string): Attention {
  if (isList(attention)) {
    throw new TypeError(`${who}: ${option} must be given where attention is a list for the encoder, got none`);
  }
  return attention;
}
