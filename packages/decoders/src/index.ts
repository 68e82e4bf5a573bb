export { decode, decodeAll, type DecodeOptions } from "./decode.ts";
export { type Filter, minP, temperature, topK, topP } from "./filters.ts";
export { type HistoryFilter, minLength, noRepeatedRun, repetitionPenalty } from "./history-filters.ts";
export type { LanguageModel, Stepped } from "./language-model.ts";
export { argmax, draw, softmax } from "./probabilities.ts";
export { greedy, sample, type SampleOptions, type Strategy } from "./strategies.ts";
