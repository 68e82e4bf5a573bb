export { BlockStack, type BlockStackOptions } from "./block-stack.ts";
export { DecoderOnlyTransformer, type DecoderState } from "./decoder-only-transformer.ts";
export { EncoderDecoderTransformer, type EncoderDecoderState } from "./encoder-decoder-transformer.ts";
export { type EncoderCall, EncoderOnlyTransformer } from "./encoder-only-transformer.ts";
export type { LayerPositions } from "./layer-positions.ts";
export type {
  BlockOptions,
  DecoderOnlyOptions,
  EncoderDecoderOptions,
  EncoderOnlyOptions,
  FeedForwardKind,
  LayerOptions,
  NormKind,
  NormPlace,
  PositionEncoding,
  TransformerOptions,
} from "./options.ts";
export type { Source } from "./source.ts";
export { type BlockCall, type BlockMemory, TransformerBlock } from "./transformer-block.ts";
export { bertFromWeights, bertLayout, type EncoderParts } from "./pretrained/bert.ts";
export { type DecoderParts, gpt2FromWeights, gpt2Layout } from "./pretrained/gpt2.ts";
export type { DecoderLayout, EncoderLayout, Layout } from "./pretrained/layout.ts";
export type { RopeConfig } from "./pretrained/rope-config.ts";
export { llamaFromWeights, llamaLayout, type LlamaParts } from "./pretrained/llama.ts";
export { type Allowance, type LoadReport, loadWeights } from "./pretrained/load-weights.ts";
export { pretrainedLayout } from "./pretrained/pretrained-layout.ts";
export type { StoredTensors, WeightMap, WeightSource } from "./pretrained/weight-map.ts";
export type { RecurrentState } from "./recurrent-decoder.ts";
export type { Encoded } from "./recurrent-encoder.ts";
export type { AttentiveContext, RecurrentSeq2SeqOptions } from "./recurrent-options.ts";
export { RecurrentSeq2Seq } from "./recurrent-seq2seq.ts";
