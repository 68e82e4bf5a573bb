export { initialiseGlobalFromLocal } from "./global-projections.ts";
export { longformer, type LongformerOptions } from "./longformer.ts";
