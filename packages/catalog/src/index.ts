export {
  attentionFromConfig,
  attentions,
  attentionVariant,
  readAttention,
  variantsByName,
  type AttentionConfig,
  type AttentionName,
  type AttentionOptions,
  type ReadAttention,
} from "./catalog.ts";
export { lookup, unknownName } from "./lookup.ts";
export { supportTable, type SupportRow } from "./support-table.ts";
export * as positions from "./positions.ts";
export * as strategies from "./strategies.ts";
export * as tasks from "./tasks.ts";
