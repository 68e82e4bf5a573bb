import { deriveSeed, uniformValues } from "@attention-lab/tensors";
import { checkIds, checkLogits, checkRequest, checkSomeLeft } from "./check.ts";
import type { HistoryFilter } from "./history-filters.ts";
import type { LanguageModel } from "./language-model.ts";
import type { Strategy } from "./strategies.ts";
import { windowReader } from "./window-reader.ts";

interface SharedOptions {
  /** For an encoder-decoder model: `conditioned(model, source)`. */
  readonly model: LanguageModel;
  /** Most tokens to produce. */
  readonly maxTokens: number;
  readonly strategy: Strategy;
  /** With the number of the token and of the row it decides every random choice. */
  readonly seed: number;
  /** Ids that end the text; the one that ended it is yielded last. */
  readonly stop?: readonly number[];
  /** Runs of produced ids that end the text; the last id of the run is yielded last. */
  readonly stopSequences?: readonly (readonly number[])[];
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
export interface DecodeOptions extends SharedOptions {
  /** Ids to continue; at least one. */
  readonly prompt: readonly number[];
}
export interface BatchDecodeOptions extends SharedOptions {
  /** Ids to continue, at least one each; the prompts may differ in length. */
  readonly prompts: readonly (readonly number[])[];
}

/** Yields one id at a time as it is chosen. Leaving the loop early frees everything. */
export async function* decode(options: DecodeOptions): AsyncGenerator<number, void, undefined> {
  for await (const chosen of decodeTogether({ ...options, prompts: [options.prompt] })) {
    for (const { id } of chosen) yield id;
  }
}

/** All tokens of `decode` at once. */
export async function decodeAll(options: DecodeOptions): Promise<number[]> {
  const ids: number[] = [];
  for await (const id of decode(options)) ids.push(id);
  return ids;
}

/** The tokens that follow each prompt, computed together; a row that has ended leaves the batch. */
export async function decodeBatch(options: BatchDecodeOptions): Promise<number[][]> {
  const produced = options.prompts.map((): number[] => []);
  for await (const chosen of decodeTogether(options)) for (const { row, id } of chosen) produced[row]?.push(id);
  return produced;
}

/** The one loop. While the longer prompts are still being read, the shorter ones already go on: rows stay aligned at position 0. */
async function* decodeTogether(
  options: BatchDecodeOptions,
): AsyncGenerator<{ readonly row: number; readonly id: number }[], void, undefined> {
  const { model, prompts, maxTokens, strategy, seed, stop = [], stopSequences = [], filters = [] } = options;
  checkRequest("decode", { whenFull: "refuse", ...options });
  for (const sequence of stopSequences) checkIds("decode", "stop sequence", sequence, model.vocabulary);
  if (maxTokens === 0) return;
  const reader = windowReader(model, options.cached);
  try {
    let live = prompts.map((prompt, origin) => ({ ids: [...prompt], origin, given: prompt.length }));
    for (let length = Math.min(...prompts.map((prompt) => prompt.length)); live.length > 0; length++) {
      const rows = await reader.read(live, length);
      const uniforms = new Map<number, Float32Array>(); // by the number of the token, which differs where prompts do
      const chosen = live.flatMap(({ ids, origin, given }, index) => {
        if (ids.length > length) return []; // still within its prompt
        const count = length - given;
        const read = rows[index] ?? new Float32Array();
        checkLogits("decode", read, model.vocabulary);
        const logits = filters.reduce((row, filter) => filter(row, ids), read);
        checkSomeLeft("decode", logits, count);
        const uniform = uniforms.get(count) ?? uniformValues(deriveSeed(seed, "decode", count), prompts.length);
        uniforms.set(count, uniform);
        const id = strategy.choose(logits, uniform[origin] ?? 0);
        ids.push(id);
        return [{ row: origin, id }];
      });
      yield chosen;
      const goesOn = live.map(({ ids, given }) => {
        const produced = ids.slice(given);
        return produced.length < maxTokens && !ends(produced, stop, stopSequences);
      });
      if (goesOn.includes(false)) {
        const from = [...live.keys()].filter((index) => goesOn[index]);
        live = live.filter((_, index) => goesOn[index]);
        if (live.length > 0) reader.select(from);
      }
    }
  } finally {
    reader.release();
  }
}

function ends(
  produced: readonly number[],
  stop: readonly number[],
  stopSequences: readonly (readonly number[])[],
): boolean {
  const last = produced.at(-1);
  if (last === undefined) return false;
  return (
    stop.includes(last) ||
    stopSequences.some(
      (run) => run.length > 0 && run.every((id, index) => produced[produced.length - run.length + index] === id),
    )
  );
}
