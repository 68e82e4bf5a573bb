export { attentionalVector } from "./attentional-vector.ts";
export { bahdanau, type BahdanauOptions } from "./bahdanau.ts";
export { luong, type LuongOptions } from "./luong.ts";
