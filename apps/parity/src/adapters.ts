import type { Adapter } from "./adapter.ts";
import { bertEndToEndAdapter } from "./adapters/bert.ts";
import { encoderLayerAdapter, gpt2BlockAdapter } from "./adapters/blocks.ts";
import {
  bertSelfAttentionAdapter,
  fullyMaskedRowAdapter,
  multiHeadAdapter,
  scaledDotProductAdapter,
} from "./adapters/full.ts";
import { beamSearchAdapter, samplingAdapter } from "./adapters/decoding.ts";
import { scalingLawAdapter } from "./adapters/host.ts";
import { embeddingAdapter, geluAdapter, layerNormAdapter, rmsNormAdapter } from "./adapters/layers.ts";
import { linearAdapter } from "./adapters/linear.ts";
import { linformerAdapter } from "./adapters/linformer.ts";
import { localAdapter } from "./adapters/local.ts";
import { longformerAdapter } from "./adapters/longformer.ts";
import { nystromformerAdapter } from "./adapters/nystrom.ts";
import { performerAdapter } from "./adapters/performer.ts";
import { ropeAdapter, sinusoidalAdapter } from "./adapters/positions.ts";
import { gruAdapter, lstmAdapter, rnnAdapter } from "./adapters/recurrent.ts";
import { alibiAdapter, t5Adapter } from "./adapters/relative.ts";
import { shawAdapter } from "./adapters/shaw.ts";
import { bahdanauAdapter, luongAdapter } from "./adapters/seq2seq.ts";
import { bigbirdAdapter, blockLayoutAdapter } from "./adapters/sparse.ts";
import { decoderLayerAdapter, transformerAdapter } from "./adapters/transformers.ts";
import { clippingAdapter, crossEntropyAdapter, optimizerAdapter, scheduleAdapter } from "./adapters/training.ts";

/** One adapter per golden feature; a feature without one is "not covered". */
export const adapters: Readonly<Record<string, Adapter>> = {
  alibi: alibiAdapter,
  bahdanau_attention: bahdanauAdapter,
  beam_search: beamSearchAdapter,
  bert_self_attention: bertSelfAttentionAdapter,
  bigbird: bigbirdAdapter,
  block_sparse_layout: blockLayoutAdapter,
  embedding: embeddingAdapter,
  fully_masked_row: fullyMaskedRowAdapter,
  gelu: geluAdapter,
  gpt2_block: gpt2BlockAdapter,
  gqa: scaledDotProductAdapter,
  gradient_clipping: clippingAdapter,
  gru: gruAdapter,
  label_smoothing_cross_entropy: crossEntropyAdapter,
  layer_norm: layerNormAdapter,
  linear_attention: linearAdapter,
  linformer: linformerAdapter,
  local_attention: localAdapter,
  longformer: longformerAdapter,
  lstm: lstmAdapter,
  lr_schedule: scheduleAdapter,
  luong_attention: luongAdapter,
  multi_head_attention: multiHeadAdapter,
  nystromformer: nystromformerAdapter,
  optimizer: optimizerAdapter,
  performer: performerAdapter,
  rms_norm: rmsNormAdapter,
  rnn: rnnAdapter,
  rope: ropeAdapter,
  sampling_filters: samplingAdapter,
  scaled_dot_product_attention: scaledDotProductAdapter,
  scaling_law_fit: scalingLawAdapter,
  shaw_relative: shawAdapter,
  sinusoidal_positions: sinusoidalAdapter,
  t5_relative_bias: t5Adapter,
  transformer: transformerAdapter,
  transformer_decoder_layer: decoderLayerAdapter,
  transformer_encoder_layer: encoderLayerAdapter,
};

/** The same, and the features whose weights are no part of a golden folder: `weights` is a safetensors file or the folder that holds it. */
export function adaptersWith(weights: string | undefined): Readonly<Record<string, Adapter>> {
  return { ...adapters, bert_end_to_end: bertEndToEndAdapter(weights) };
}
