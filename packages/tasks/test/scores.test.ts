import { describe, expect, test } from "vitest";
import { bleu, exactMatch, tokenAccuracy } from "../src/index.ts";

const words = (text: string) => text.split(" ");

describe("bleu", () => {
  // Scores of sacrebleu 2.6.0: BLEU(tokenize="none", smooth_method="none", effective_order=False).
  test.each([
    [
      ["the cat is on the mat .", "there is a small dog in the old garden"],
      [["the cat sat on the mat ."], ["there is a little dog in the old garden today"]],
      51.98157258729882,
      0.9394130628134758,
    ],
    [
      [
        "it is a guide to action which ensures that the military always obeys the commands of the party",
        "he read the book because he was interested in world history",
      ],
      [
        [
          "it is a guide to action that ensures that the military will forever heed party commands",
          "it is the guiding principle which guarantees the military forces always being under the command of the party",
          "it is the practical guide for the army always to heed the directions of the party",
        ],
        [
          "he was interested in world history because he read the book",
          "he read the book as he was interested in world history",
          "he read it",
        ],
      ],
      59.20778868801044,
      1,
    ],
    [["a b c d e f"], [["a b c d e f g h"]], 71.65313105737896, 0.7165313105737893],
    [["a b c x y z"], [["a b d c y z"]], 0, 1],
  ])("%# is sacrebleu's", (hypotheses, references, score, brevityPenalty) => {
    const got = bleu(
      hypotheses.map(words),
      references.map((row) => row.map(words)),
    );
    expect(100 * got.score).toBeCloseTo(score, 10);
    expect(got.brevityPenalty).toBeCloseTo(brevityPenalty, 12);
  });

  test("counts are clipped: Papineni's seven times the", () => {
    const references = ["the cat is on the mat", "there is a cat on the mat"].map(words);
    expect(bleu([words("the the the the the the the")], [references], { longest: 1 }).precisions).toEqual([2 / 7]);
  });

  test("ids do for words, 1 for the reference itself, and nothing for nothing", () => {
    expect(bleu([[1, 2, 3, 4, 5]], [[[1, 2, 3, 4, 5]]]).score).toBe(1);
    expect(bleu([[]], [[[1, 2]]]).score).toBe(0);
    expect(() => bleu([], [])).toThrow("bleu: there must be references for each of the 0 hypotheses, got 0");
    expect(() => bleu([[1]], [[]])).toThrow("bleu: every hypothesis must have a reference, got []");
  });
});

describe("exact match and accuracy", () => {
  const targets = [
    [4, 5, 2, -1],
    [4, 2, -1, -1],
    [-1, -1, -1, -1],
  ];
  test("count what is asked, and nothing behind the end", () => {
    const predictions = [[4, 5, 2, 9], [4, 3], []];
    expect(exactMatch(predictions, targets)).toBe(1 / 2);
    expect(tokenAccuracy(predictions, targets)).toBe(4 / 5);
    expect(exactMatch([[4, 5], [4, 2], []], targets)).toBe(1 / 2); // a missing end is an error
  });
  test("refuse rows that do not match, and nothing to score", () => {
    expect(() => exactMatch([[1]], targets)).toThrow("score: there must be 3 rows of predictions, got 1");
    expect(() => tokenAccuracy([[1]], [[-1]])).toThrow("token accuracy: there must be a target to score, got 0");
  });
});
