import { readWord } from "@attention-lab/sweep";
import { invalid } from "@attention-lab/tensors";
import type { Named } from "./run.ts";

/** `longformer:before=64,after=0`: a name, and options as KEY=VALUE. */
export function namedWord(who: string, word: string): Named {
  const [name = "", ...rest] = word.split(":");
  if (name === "") throw invalid(who, "must have the form NAME or NAME:KEY=VALUE,KEY=VALUE", word);
  return { ...optionWords(who, rest.join(":")), name };
}

/** `before=64,after=0`; nothing is no option. */
function optionWords(who: string, text: string): Readonly<Record<string, unknown>> {
  const words = text === "" ? [] : text.split(",");
  return Object.fromEntries(words.map((word) => readWord(who, word)));
}

/** `3xlongformer:before=64 full`: a variant for each layer, counts before the names; one without a count is for all layers. */
export function attentionWords(who: string, words: readonly string[]): Named | Named[] {
  const parts = words.map((word) => {
    const [, times, rest = word] = /^(\d+)x(.+)$/.exec(word) ?? [];
    return { times: times === undefined ? undefined : Number(times), named: namedWord(who, rest) };
  });
  const [only] = parts;
  if (parts.length === 1 && only?.times === undefined) return only?.named ?? [];
  const none = parts.find(({ times }) => times === 0);
  if (none !== undefined) throw invalid(who, "a count of layers must be at least 1", 0);
  return parts.flatMap(({ times = 1, named }) => Array.from({ length: times }, () => named));
}
