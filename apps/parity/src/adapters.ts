import type { Adapter } from "./adapter.ts";
import { encoderLayerAdapter, gpt2BlockAdapter } from "./adapters/blocks.ts";
import {
  bertSelfAttentionAdapter,
  fullyMaskedRowAdapter,
  multiHeadAdapter,
  scaledDotProductAdapter,
} from "./adapters/full.ts";
import { samplingAdapter, scalingLawAdapter } from "./adapters/host.ts";
import { embeddingAdapter, geluAdapter, layerNormAdapter, rmsNormAdapter } from "./adapters/layers.ts";
import { linearAdapter } from "./adapters/linear.ts";
import { linformerAdapter } from "./adapters/linformer.ts";
import { longformerAdapter } from "./adapters/longformer.ts";
import { nystromformerAdapter } from "./adapters/nystrom.ts";
import { performerAdapter } from "./adapters/performer.ts";
import { ropeAdapter, sinusoidalAdapter } from "./adapters/positions.ts";
import { alibiAdapter, t5Adapter } from "./adapters/relative.ts";
import { bahdanauAdapter, luongAdapter } from "./adapters/seq2seq.ts";
import { clippingAdapter, crossEntropyAdapter, optimizerAdapter, scheduleAdapter } from "./adapters/training.ts";

/** One adapter per golden feature; a feature without one is "not covered". */
export const adapters: Readonly<Record<string, Adapter>> = {
  alibi: alibiAdapter,
  bahdanau_attention: bahdanauAdapter,
  bert_self_attention: bertSelfAttentionAdapter,
  embedding: embeddingAdapter,
  fully_masked_row: fullyMaskedRowAdapter,
  gelu: geluAdapter,
  gpt2_block: gpt2BlockAdapter,
  gqa: scaledDotProductAdapter,
  gradient_clipping: clippingAdapter,
  label_smoothing_cross_entropy: crossEntropyAdapter,
  layer_norm: layerNormAdapter,
  linear_attention: linearAdapter,
  linformer: linformerAdapter,
  longformer: longformerAdapter,
  lr_schedule: scheduleAdapter,
  luong_attention: luongAdapter,
  multi_head_attention: multiHeadAdapter,
  nystromformer: nystromformerAdapter,
  optimizer: optimizerAdapter,
  performer: performerAdapter,
  rms_norm: rmsNormAdapter,
  rope: ropeAdapter,
  sampling_filters: samplingAdapter,
  scaled_dot_product_attention: scaledDotProductAdapter,
  scaling_law_fit: scalingLawAdapter,
  sinusoidal_positions: sinusoidalAdapter,
  t5_relative_bias: t5Adapter,
  transformer_encoder_layer: encoderLayerAdapter,
};
