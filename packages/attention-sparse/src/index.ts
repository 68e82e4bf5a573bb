export { bigbird, type BigBirdOptions } from "./bigbird.ts";
export { type BlockLayout, blockSparse, type BlockSparseOptions } from "./block-sparse.ts";
export { fixed, type FixedOptions } from "./fixed.ts";
export { sparse, type SparseOptions } from "./sparse.ts";
export { strided, type StridedOptions } from "./strided.ts";
