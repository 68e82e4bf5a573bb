export { eluPlusOne } from "@attention-lab/ops";
export { linear, type LinearAttentionOptions } from "./linear.ts";
