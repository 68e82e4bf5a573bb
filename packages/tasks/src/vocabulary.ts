import { invalid } from "@attention-lab/tensors";

/** Turns text into token ids and back. */
export interface Vocabulary {
  readonly name: "byte" | "character";
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
  const ids = new Map(characters.map((character, id) => [character, id]));
  return {
    name: "character",
    size: characters.length,
    encode: (input) =>
      Array.from(input, (character) => {
        const id = ids.get(character);
        if (id === undefined)
          throw invalid("character vocabulary", "text may only hold characters of the corpus", character);
        return id;
      }),
    decode: (tokens) => Array.from(tokens, (token) => characters[token] ?? "\uFFFD").join(""),
  };
}
