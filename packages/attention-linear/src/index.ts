export { eluPlusOne } from "./elu-plus-one.ts";
export { efficient } from "./efficient.ts";
export { linear, type LinearAttentionOptions } from "./linear.ts";
