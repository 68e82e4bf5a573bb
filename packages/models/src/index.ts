export { DecoderOnlyTransformer, type DecoderState } from "./decoder-only-transformer.ts";
export type { BlockOptions, DecoderOnlyOptions, NormPlace, PositionEncoding } from "./options.ts";
export { type BlockCall, TransformerBlock } from "./transformer-block.ts";
