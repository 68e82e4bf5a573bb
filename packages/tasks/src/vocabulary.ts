import { invalid } from "@attention-lab/tensors";

/** Turns text into token ids and back. */
export interface Vocabulary {
  readonly name: "byte" | "character" | "byte-pair" | "symbol";
  readonly size: number;
  encode(text: string): number[];
  decode(tokens: Iterable<number>): string;
}

/** UTF-8 bytes: 256 tokens, nothing is ever unknown. A decoded cut through a character shows as U+FFFD. */
export function byteVocabulary(): Vocabulary {
  return {
    name: "byte",
    size: 256,
    encode: (text) => [...new TextEncoder().encode(text)],
    decode: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
  };
}

/**
 * The characters (Unicode code points) of a text, numbered in code point order.
 * Errors: encoding a character that the text does not contain throws a RangeError naming it.
 */
export function characterVocabulary(text: string): Vocabulary {
  const characters = [...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  return listed("character", characters, "", "text may only hold characters of the corpus");
}

/**
 * The given symbols, numbered from 0 in their order. Text holds them with `between` between them.
 * Errors: encoding anything else throws a RangeError naming it.
 */
export function symbolVocabulary(symbols: readonly string[], { between }: { readonly between: "" | " " }): Vocabulary {
  return listed("symbol", symbols, between, "text may only hold the task's symbols");
}

function listed(name: Vocabulary["name"], symbols: readonly string[], between: "" | " ", rule: string): Vocabulary {
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  return {
    name,
    size: symbols.length,
    encode(text) {
      const parts = between === "" ? Array.from(text) : text.split(between).filter((part) => part !== "");
      return parts.map((part) => {
        const id = ids.get(part);
        if (id === undefined) throw invalid(`${name} vocabulary`, rule, part);
        return id;
      });
    },
    decode: (tokens) => Array.from(tokens, (token) => symbols[token] ?? "\uFFFD").join(between),
  };
}
