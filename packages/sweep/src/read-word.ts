import { invalid } from "@attention-lab/tensors";

/** An option of a variant as a word of the command line: `rank=8` is a number, `shared=true` a truth value, all else text. */
export function readWord(who: string, word: string): [key: string, value: unknown] {
  const at = word.indexOf("=");
  if (at < 1) throw invalid(who, "an option of the variant must have the form KEY=VALUE", word);
  return [word.slice(0, at), readValue(word.slice(at + 1))];
}

function readValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
