export { eluPlusOne } from "./elu-plus-one.ts";
export { linear, type LinearAttentionOptions } from "./linear.ts";
