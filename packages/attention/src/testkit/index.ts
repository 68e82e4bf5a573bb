export { attendHeads } from "./attend-heads.ts";
export type { Finding } from "./finding.ts";
export { at, type Grid, gridOf, type Tolerance } from "./grid.ts";
export { countByProfile } from "./profile.ts";
export {
  dot,
  featureOracle,
  type FeatureOracleOptions,
  keyHead,
  type Oracle,
  type OracleCall,
  patternOracle,
  rowsOf,
  type Seen,
  softmaxOracle,
} from "./oracle.ts";
export { smallSite } from "./small-site.ts";
export type { TestkitOptions } from "./options.ts";
export { testAttention } from "./test-attention.ts";
