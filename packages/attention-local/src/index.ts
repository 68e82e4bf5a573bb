export { blockLocal } from "./block-local.ts";
export type { BlockLocalOptions } from "./block-window-rule.ts";
export { local, type LocalOptions } from "./local.ts";
