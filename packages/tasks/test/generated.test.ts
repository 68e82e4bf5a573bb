import { setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { asLanguage, associativeRecall, copy, letters, listOps, reverse, sort, textRule } from "../src/index.ts";
import { applyOperator } from "../src/list-ops.ts";
import { rows, trainingRows } from "./examples.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

test("letters: A after all A, B after any B, both equally often", async () => {
  const seen = await trainingRows(letters({ batchSize: 100, seed: 1, length: 8 }), 400);
  const answers = seen.map(({ inputs, targets }) => {
    const place = targets.findIndex((target) => target >= 0);
    expect(targets.filter((target) => target >= 0)).toHaveLength(1);
    expect(targets[place]).toBe(inputs.slice(0, place + 1).includes(1) ? 1 : 0);
    return targets[place] ?? 0;
  });
  expect(Math.abs(answers.filter((id) => id === 1).length - 200)).toBeLessThan(50);
  const single = seen.filter(({ inputs }) => inputs.filter((id) => id === 1).length === 1);
  expect(new Set(single.map(({ inputs }) => inputs.indexOf(1))).size).toBe(8);
});

describe("rearrangements", () => {
  test.each([
    [copy, (text: string) => text],
    [reverse, (text: string) => Array.from(text).toReversed().join("")],
    [sort, (text: string) => Array.from(text).toSorted().join("")],
  ])("%#", async (make, rearranged) => {
    const task = make({ batchSize: 20, seed: 1 });
    const { sources, sourceLengths, sourcePadding, inputs, targets } = await rows(task.batch(3));
    for (const [i, source] of sources.entries()) {
      const length = sourceLengths[i]?.[0] ?? 0;
      expect(length >= 4 && length <= 12).toBe(true);
      expect(sourcePadding[i]).toEqual(source.map((_, place) => (place < length ? 1 : 0)));
      const answer = (targets[i] ?? []).filter((id) => id >= 0);
      expect(answer.at(-1)).toBe(task.end);
      expect(inputs[i]?.slice(0, length + 1)).toEqual([task.begin, ...answer.slice(0, -1)]);
      expect(task.decode(answer)).toBe(rearranged(task.decodeSource(source)));
      expect(task.decodeSource(source)).toHaveLength(length);
    }
    expect(new Set(sourceLengths.flat()).size).toBeGreaterThan(3);
  });

  test("as language: only the answer and its end are asked, one place ahead", async () => {
    const task = copy({ batchSize: 8, seed: 1 });
    const language = asLanguage(task);
    expect(language.vocabulary).toBe(task.vocabulary);
    const { inputs, targets } = await rows(language.batch(0));
    for (const [i, row] of inputs.entries()) {
      const begin = row.indexOf(task.begin);
      const source = row.slice(0, begin);
      expect(row.slice(begin + 1, 2 * begin + 1)).toEqual(source);
      const asked = [...Array<number>(begin).fill(-1), ...source, task.end];
      expect(targets[i]).toEqual([...asked, ...Array<number>(language.length - asked.length).fill(-1)]);
    }
  });
});

describe("associative recall", () => {
  test("each key is asked once, behind the pairs, for the value that followed it", async () => {
    const task = associativeRecall({ batchSize: 30, seed: 1, length: 32, pairs: 4, vocabulary: 64, fill: "blank" });
    for (const { inputs, targets } of await trainingRows(task, 60)) {
      const pairs = new Map([0, 2, 4, 6].map((place) => [inputs[place], inputs[place + 1]]));
      expect(pairs.size).toBe(4);
      const asked = [...targets.keys()].filter((place) => (targets[place] ?? -1) >= 0);
      expect(asked).toHaveLength(4);
      for (const place of asked) {
        expect(place >= 8 && place % 2 === 0).toBe(true);
        expect(targets[place]).toBe(pairs.get(inputs[place]));
        pairs.delete(inputs[place]);
      }
      expect(inputs.filter((id) => id === 0)).toHaveLength(32 - 12);
    }
  });

  test("gaps follow the power law: the nearest place is asked about as often as all the far ones together", async () => {
    const task = associativeRecall({ batchSize: 100, seed: 1, length: 64, pairs: 1, vocabulary: 64 });
    const gaps = (await trainingRows(task, 2000)).map(({ targets }) => (targets.findIndex((id) => id >= 0) - 2) / 2);
    const weights = Array.from({ length: 31 }, (_, gap) => (gap + 1) ** -0.99);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const gap of [0, 1, 5, 20]) {
      const expected = (2000 * (weights[gap] ?? 0)) / total;
      expect(Math.abs(gaps.filter((other) => other === gap).length - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  test("random filling leaves no blank but by chance", async () => {
    const [row] = await trainingRows(associativeRecall({ batchSize: 1, seed: 1, vocabulary: 1024 }), 1);
    expect(row?.inputs.filter((id) => id === 0).length).toBeLessThan(2);
  });

  test.each([
    [{ length: 31 }, "associative-recall task: length must be even, got 31"],
    [{ pairs: 17 }, "pairs must be at most a quarter of the length 64, got 17"],
    [{ vocabulary: 16 }, "vocabulary must be even, with a key and a value for each of 8 pairs, got 16"],
    [{ fill: "zeros" }, 'fill must be "random" or "blank", got "zeros"'],
    [
      { pair: 3 } as object,
      'options are length, pairs, vocabulary, power, fill, batchSize, seed, validationBatches (did you mean "pairs"?), got "pair"',
    ],
    [{ power: "flat" } as object, 'power must be a finite number, got "flat"'],
    [{ batchSize: 0 }, "batchSize must be a positive integer, got 0"],
  ])("%o is refused", (options, sentence) => {
    expect(() => associativeRecall({ batchSize: 1, seed: 1, ...options })).toThrow(sentence);
  });
});

describe("list-ops", () => {
  test("the label is the value of the expression, read anew from its text", async () => {
    const task = listOps({ batchSize: 50, seed: 1, length: 40, shortest: 6 });
    const seen = await trainingRows(task, 200);
    for (const { text, targets } of seen) {
      const tokens = text.split(" ");
      expect(tokens.length >= 6 && tokens.length <= 40).toBe(true);
      expect(valueOf(tokens)).toBe(targets[0]);
      expect(tokens).toEqual([]);
    }
    expect(new Set(seen.map(({ targets }) => targets[0])).size).toBe(10);
    expect(seen.every(({ text }) => text.startsWith("["))).toBe(true);
  });

  test("operators", () => {
    expect(applyOperator("[MED", [9, 1, 5])).toBe(5);
    expect(applyOperator("[MED", [9, 1, 4, 5])).toBe(4); // 4.5 rounded down, as int(median) does
    expect(applyOperator("[SM", [9, 8])).toBe(7);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 10 }), (values) => {
        expect(applyOperator("[MIN", values)).toBe(Math.min(...values));
        expect(applyOperator("[MAX", values)).toBe(Math.max(...values));
      }),
    );
  });

  test("lengths that no expression has are refused", () => {
    expect(() => listOps({ batchSize: 1, seed: 1, shortest: 3 })).toThrow(
      "shortest must be from 4 to the length 64, got 3",
    );
    const flat = listOps({ batchSize: 1, seed: 1, maxDepth: 2, maxArgs: 2, shortest: 20 });
    expect(() => flat.batch(0)).toThrow("must allow expressions of the lengths asked for, got [20,64]");
  });
});

/** A reader of its own: takes one expression off the front of the tokens. */
function valueOf(tokens: string[]): number {
  const head = tokens.shift() ?? "";
  if (!head.startsWith("[")) return Number(head);
  const values: number[] = [];
  while (tokens[0] !== "]") values.push(valueOf(tokens));
  tokens.shift();
  return applyOperator(head as never, values);
}

describe("text-rule", () => {
  test("the class is the marker that comes first, and markers in every text tell nothing", async () => {
    const seen = await trainingRows(textRule({ batchSize: 50, seed: 1, length: 200, classes: 3 }), 150);
    const inEvery = seen[0]?.text.split(" ").filter((word) => seen.every(({ text }) => text.split(" ").includes(word)));
    const markers = new Set(inEvery);
    expect(markers.size).toBe(3);
    const byClass = new Map<number, string>();
    for (const { text, targets } of seen) {
      const first = text.split(" ").find((word) => markers.has(word)) ?? "";
      const label = targets[0] ?? -1;
      byClass.set(label, byClass.get(label) ?? first);
      expect(byClass.get(label)).toBe(first);
      expect(text.split(" ").filter((word) => markers.has(word))).toHaveLength(3);
      expect(text.length).toBeLessThanOrEqual(200);
      expect(text.length).toBeGreaterThan(185);
    }
    expect(byClass.size).toBe(3);
  });
});
