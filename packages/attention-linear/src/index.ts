export { eluPlusOne } from "@attention-lab/ops";
export { efficient } from "./efficient.ts";
export { linear, type LinearAttentionOptions } from "./linear.ts";
