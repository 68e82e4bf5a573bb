import { invalid } from "@attention-lab/tensors";
import { readWord } from "./read-word.ts";

const closing: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** The words between commas; commas within brackets or quotes belong to their word. */
export function wordsOf(text: string): string[] {
  const words = [""];
  const open: string[] = [];
  let quote = "";
  for (const character of text) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (closing[character] !== undefined) open.push(closing[character]);
    else if (character === open.at(-1)) open.pop();
    else if (character === "," && open.length === 0) {
      words.push("");
      continue;
    }
    words[words.length - 1] += character;
  }
  return words.map((word) => word.trim());
}

/** `512`, `true`, `null`, `full`, `'a, b'`, `{name: linformer, rank: 8}`: a word as the value that it looks like. */
export function valueOf(who: string, word: string): unknown {
  const quoted = /^(["'])(.*)\1$/s.exec(word)?.[2];
  if (quoted !== undefined) return quoted;
  if (word === "null") return null;
  if (word.startsWith("{") || word.startsWith("[")) return structure(who, word);
  return readWord(who, `value=${word}`)[1];
}

/** JSON, or the same with names and texts of one word unquoted, as a shell makes it easier to write. */
function structure(who: string, word: string): unknown {
  const close = closing[word[0] ?? ""] ?? "";
  if (!word.endsWith(close)) throw invalid(who, `must end with ${close}`, word);
  const parts = wordsOf(word.slice(1, -1)).filter((part) => part !== "");
  if (close === "]") return parts.map((part) => valueOf(who, part));
  const entries = parts.map((part): [string, unknown] => {
    const [, , name, text] = /^(["']?)([\w.-]+)\1\s*:\s*(.+)$/s.exec(part) ?? [];
    if (name === undefined || text === undefined)
      throw invalid(who, "must have the form {NAME: VALUE, NAME: VALUE}", word);
    return [name, valueOf(who, text)];
  });
  return Object.fromEntries(entries);
}
