export { approximationError } from "./approximation-error.ts";
export { attentionCost } from "./attention-cost.ts";
export { programs } from "./programs.ts";
