import { deriveSeed, invalid, uniformValues } from "@attention-lab/tensors";
import type { HistoryFilter } from "./history-filters.ts";
import { isStepwise, type LanguageModel } from "./language-model.ts";
import { type Reader, steppedReader, wholeReader } from "./reader.ts";
import type { Strategy } from "./strategies.ts";

export interface DecodeOptions {
  readonly model: LanguageModel;
  /** Ids to continue; at least one. */
  readonly prompt: readonly number[];
  /** Most tokens to produce. */
  readonly maxTokens: number;
  readonly strategy: Strategy;
  /** With the number of the token it decides every random choice. */
  readonly seed: number;
  /** Ids that end the text; the one that ended it is yielded last. */
  readonly stop?: readonly number[];
  /** Applied in order to each row of logits, with the ids so far, before the strategy chooses. */
  readonly filters?: readonly HistoryFilter[];
  /**
   * What happens when prompt and tokens outgrow the model's maxLength: `refuse` (the default) throws before the first token,
   * `slide` goes on with the last maxLength ids, computed anew for every token.
   */
  readonly whenFull?: "refuse" | "slide";
  /** Whether the model's cache is used; absent: if the model has one. */
  readonly cached?: boolean;
}

/** Yields one id at a time as it is chosen. Leaving the loop early frees everything. */
export async function* decode(options: DecodeOptions): AsyncGenerator<number, void, undefined> {
  const { model, prompt, maxTokens, strategy, seed, stop = [], filters = [] } = options;
  check(options);
  const ids = [...prompt];
  let reader = readerOf(options);
  try {
    for (let count = 0; count < maxTokens; count++) {
      if (ids.length > model.maxLength && reader.limited) {
        reader.release();
        reader = { ...wholeReader(model), limited: false };
      }
      const read = await reader.read(ids);
      checkLogits(read, model.vocabulary);
      const logits = filters.reduce((row, filter) => filter(row, ids), read);
      if (logits.every((logit) => logit === -Infinity)) throw noneLeft(count);
      const uniform = uniformValues(deriveSeed(seed, "decode", count), 1)[0] ?? 0;
      const id = strategy.choose(logits, uniform);
      yield id;
      if (stop.includes(id)) return;
      ids.push(id);
    }
  } finally {
    reader.release();
  }
}

/** All tokens of `decode` at once. */
export async function decodeAll(options: DecodeOptions): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of decode(options)) ids.push(id);
  return ids;
}

/** A cached reader is limited to maxLength positions: after that, the window has moved and its cache is worthless. */
function readerOf({ model, cached }: DecodeOptions): Reader & { readonly limited: boolean } {
  if (isStepwise(model)) {
    return cached === false ? { ...wholeReader(model), limited: false } : { ...steppedReader(model), limited: true };
  }
  if (cached === true) {
    throw new RangeError("decode: cached decoding needs a model whose every layer is stepwise, got one that is not");
  }
  return { ...wholeReader(model), limited: false };
}

function check({ model, prompt, maxTokens, stop = [], whenFull = "refuse" }: DecodeOptions): void {
  const who = "decode";
  if (prompt.length === 0) throw invalid(who, "prompt must hold at least one id", prompt);
  if (!Number.isInteger(maxTokens) || maxTokens < 0)
    throw invalid(who, "maxTokens must be a non-negative integer", maxTokens);
  for (const [what, ids] of Object.entries({ prompt, stop })) {
    const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabulary);
    if (bad !== undefined)
      throw invalid(who, `${what} ids must be integers below the vocabulary of ${model.vocabulary}`, bad);
  }
  // The last token is chosen but never read, so it needs no position.
  const positions = prompt.length + Math.max(maxTokens - 1, 0);
  if (whenFull === "refuse" && positions > model.maxLength) {
    throw invalid(who, `prompt and tokens must fit maxLength ${model.maxLength} unless whenFull is "slide"`, positions);
  }
}

function checkLogits(logits: Float32Array, vocabulary: number): void {
  if (logits.length !== vocabulary) throw invalid("decode", `the model must give ${vocabulary} logits`, logits.length);
  const bad = logits.findIndex((logit) => Number.isNaN(logit) || logit === Infinity);
  if (bad >= 0) throw invalid("decode", `logits must be finite or -Infinity at token ${bad}`, logits[bad]);
}

function noneLeft(count: number): RangeError {
  return new RangeError(`decode: a token must be left to choose at step ${count}, got logits that are all -Infinity`);
}
