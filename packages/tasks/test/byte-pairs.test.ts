import fc from "fast-check";
import { expect, test } from "vitest";
import { bytePairVocabulary, mobyDick, trainBytePairs } from "../src/index.ts";

const chapter = mobyDick().slice(0, 40_000);

/** The textbook's training loop: everything counted anew for every merge. */
function slowMerges(text: string, count: number): [number, number][] {
  const words = (text.match(/ ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? []).map((word) => [
    ...new TextEncoder().encode(word),
  ]);
  const merges: [number, number][] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const key = `${word[i]} ${word[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    const ranked = [...counts].map(([key, n]) => ({ pair: key.split(" ").map(Number) as [number, number], n }));
    ranked.sort((a, b) => b.n - a.n || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const pair = ranked[0]?.pair ?? [0, 0];
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === pair[0] && word[i + 1] === pair[1]) word.splice(i, 2, 256 + merges.length);
    merges.push(pair);
  }
  return merges;
}

test("learns the merges of the loop that counts everything anew", () => {
  const text = chapter.slice(0, 6000);
  expect(trainBytePairs(text, { size: 316 }).merges).toEqual(slowMerges(text, 60));
});

test("any text comes back as it was, and the book takes fewer tokens", () => {
  const vocabulary = trainBytePairs(chapter, { size: 600 });
  expect(vocabulary.size).toBe(600);
  expect(vocabulary.decode(vocabulary.encode(chapter))).toBe(chapter);
  expect(vocabulary.encode(chapter).length).toBeLessThan(chapter.length / 2);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
    }),
  );
  expect(vocabulary.decode(vocabulary.encode("Œuvre — η\r\n\n  x"))).toBe("Œuvre — η\r\n\n  x");
});

test("the merges alone make the vocabulary again", () => {
  const trained = trainBytePairs(chapter, { size: 400 });
  const again = bytePairVocabulary(JSON.parse(JSON.stringify(trained.merges)) as [number, number][]);
  expect(again.encode(chapter)).toEqual(trained.encode(chapter));
});

test("stops when no pair occurs twice, and refuses what makes no sense", () => {
  expect(trainBytePairs("abc", { size: 999 }).size).toBe(256);
  expect(trainBytePairs("aaaa aaaa", { size: 999 }).merges[0]).toEqual([97, 97]);
  expect(() => trainBytePairs("a", { size: 255 })).toThrow(
    "byte-pair vocabulary: size must be an integer of at least 256, got 255",
  );
  expect(() => bytePairVocabulary([[97, 300]])).toThrow("merge 0 must be of tokens below 256, got [97,300]");
});
