import { invalid } from "@attention-lab/tensors";
import type { LanguageModel } from "./language-model.ts";

/** What every way of decoding is given. */
export interface Request {
  readonly model: LanguageModel;
  readonly prompts: readonly (readonly number[])[];
  readonly maxTokens: number;
  readonly stop?: readonly number[];
  /** Absent where sequences cannot outgrow the model. */
  readonly whenFull?: "refuse" | "slide";
}

/** Refuses bad prompts, ids and lengths before anything is computed. */
export function checkRequest(who: string, request: Request): void {
  const { model, prompts, maxTokens, stop = [], whenFull } = request;
  if (prompts.length === 0) throw invalid(who, "there must be at least one prompt", prompts);
  for (const prompt of prompts) {
    if (prompt.length === 0) throw invalid(who, "prompt must hold at least one id", prompt);
    checkIds(who, "prompt", prompt, model.vocabulary);
  }
  checkIds(who, "stop", stop, model.vocabulary);
  if (!Number.isInteger(maxTokens) || maxTokens < 0)
    throw invalid(who, "maxTokens must be a non-negative integer", maxTokens);
  // The last token is chosen but never read, so it needs no position.
  const positions = Math.max(...prompts.map(({ length }) => length)) + Math.max(maxTokens - 1, 0);
  if (whenFull !== "slide" && positions > model.maxLength) {
    const unless = whenFull === undefined ? "" : ' unless whenFull is "slide"';
    throw invalid(who, `prompt and tokens must fit maxLength ${model.maxLength}${unless}`, positions);
  }
}

/** Refuses ids that are no integers of the vocabulary. */
export function checkIds(who: string, what: string, ids: readonly number[], vocabulary: number): void {
  const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (bad !== undefined) throw invalid(who, `${what} ids must be integers below the vocabulary of ${vocabulary}`, bad);
}

/** Refuses a row of logits that is not the vocabulary's, or not finite or -Infinity. */
export function checkLogits(who: string, logits: Float32Array, vocabulary: number): void {
  if (logits.length !== vocabulary) throw invalid(who, `the model must give ${vocabulary} logits`, logits.length);
  const bad = logits.findIndex((logit) => Number.isNaN(logit) || logit === Infinity);
  if (bad >= 0) throw invalid(who, `logits must be finite or -Infinity at token ${bad}`, logits[bad]);
}

/** Refuses a row from which filters removed every token. */
export function checkSomeLeft(who: string, logits: ArrayLike<number>, step: number): void {
  for (let id = 0; id < logits.length; id++) if (logits[id] !== -Infinity) return;
  throw new RangeError(`${who}: a token must be left to choose at step ${step}, got logits that are all -Infinity`);
}
