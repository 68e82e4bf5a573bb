import { invalid } from "@attention-lab/tensors";

/** What turning text into a task's ids needs: an encoder of its own, or the text of every single id. */
export interface Coder {
  readonly name: string;
  /** Number of ids. */
  readonly size: number;
  readonly encode?: (text: string) => number[];
  /** Text of one id; "" for a special one. */
  readonly decode: (ids: readonly number[]) => string;
}

/** The ids of a text. Errors: one sentence for an empty text, an unknown symbol or an id outside the vocabulary. */
export function promptIds(text: string, coder: Coder): number[] {
  const ids = coder.encode?.(text) ?? bySymbols(text, coder);
  if (ids.length === 0) throw invalid(`task ${coder.name}`, "a text must hold at least one token", text);
  const outside = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= coder.size);
  if (outside !== undefined) {
    throw invalid(`task ${coder.name}`, `token ids must be below the vocabulary of ${coder.size}`, outside);
  }
  return ids;
}

/** Reads symbols from the left, the longest first; blanks between them are passed over where they are no symbols. */
function bySymbols(text: string, { name, size, decode }: Coder): number[] {
  const symbols = Array.from({ length: size }, (_, id) => ({ id, symbol: decode([id]) }))
    .filter(({ symbol }) => symbol !== "")
    .toSorted((a, b) => b.symbol.length - a.symbol.length);
  const ids: number[] = [];
  for (let at = 0; at < text.length;) {
    const found = symbols.find(({ symbol }) => text.startsWith(symbol, at));
    if (found === undefined && text[at] !== " ") {
      throw invalid(`task ${name}`, "a text may only hold the task's symbols", text.slice(at, at + 8));
    }
    if (found !== undefined) ids.push(found.id);
    at += found?.symbol.length ?? 1;
  }
  return ids;
}
