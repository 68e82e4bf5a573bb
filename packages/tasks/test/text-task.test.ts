import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  byteVocabulary,
  characterVocabulary,
  maskedText,
  mobyDick,
  mobyDickText,
  stateOfTheUnion,
  textTask,
  trainBytePairs,
} from "@attention-lab/tasks";
import { rows } from "./examples.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const text = Array.from({ length: 400 }, (_, i) => String.fromCodePoint(97 + ((i * i + 3 * i) % 26))).join("");
const small = (seed = 1) => textTask({ name: "letters", text, vocabulary: "byte", length: 12, batchSize: 3, seed });

test("the book is whole prose: 135 chapters and the epilogue, no front matter", () => {
  const book = mobyDick();
  expect(book.startsWith("Call me Ishmael.")).toBe(true);
  expect(book.trimEnd().endsWith("orphan.")).toBe(true);
  expect(book.length).toBeGreaterThan(1_100_000);
  expect(book).not.toContain("CHAPTER 2. The Carpet-Bag.\n\nCHAPTER 3.");
});

test("the addresses are in order of time, whole, and can be fewer", () => {
  const all = stateOfTheUnion();
  expect(all.length).toBeGreaterThan(10_000_000);
  expect(all.startsWith("Fellow-Citizens of the Senate")).toBe(true);
  const [first = ""] = stateOfTheUnion({ from: 1863, to: 1863 }).split("\n\n");
  expect(first).toContain("Fellow-Citizens");
  expect(all.indexOf(first)).toBeGreaterThan(all.indexOf(stateOfTheUnion({ from: 1801, to: 1801 })));
});

describe("vocabularies", () => {
  test("bytes round-trip any text", () => {
    const bytes = byteVocabulary();
    expect(bytes.decode(bytes.encode("Œuvre — η"))).toBe("Œuvre — η");
  });
  test("characters round-trip and name an unknown one", () => {
    const characters = characterVocabulary("whale");
    expect(characters.size).toBe(5);
    expect(characters.decode(characters.encode("hale"))).toBe("hale");
    expect(() => characters.encode("shale")).toThrow(/only hold characters of the corpus, got "?s"?/);
  });
});

describe("textTask", () => {
  test("targets are the inputs shifted by one, inside the training split", async () => {
    const { inputs, targets } = small().batch(7);
    const [x, y] = [await inputs.array(), await targets.array()];
    for (let row = 0; row < 3; row++) {
      expect(y[row]?.slice(0, -1)).toEqual(x[row]?.slice(1));
      const window = small().decode([...(x[row] ?? []), y[row]?.at(-1) ?? 0]);
      expect(text.slice(0, 360)).toContain(window);
    }
    inputs.dispose();
    targets.dispose();
  });
  test("a batch depends on seed and step alone", async () => {
    const ids = async (seed: number, step: number) => {
      const { inputs, targets } = small(seed).batch(step);
      const values = [...(await inputs.data())];
      inputs.dispose();
      targets.dispose();
      return values.join();
    };
    expect(await ids(1, 5)).toBe(await ids(1, 5));
    expect(await ids(1, 5)).not.toBe(await ids(1, 6));
    expect(await ids(1, 5)).not.toBe(await ids(2, 5));
  });
  test("validation windows tile the held-out end without overlap and leak no tensor", async () => {
    const task = small();
    const before = memory().numTensors;
    const seen: string[] = [];
    for (let index = 0; index < task.validationBatches; index++) {
      const { inputs, targets } = task.validationBatch(index);
      seen.push(task.decode(await inputs.data()));
      inputs.dispose();
      targets.dispose();
    }
    expect(seen.join("")).toBe(text.slice(360, 360 + seen.join("").length));
    expect(task.validationBatches).toBe(1);
    expect(memory().numTensors).toBe(before);
  });
  test("bad options are one sentence", () => {
    expect(() => textTask({ name: "t", text: "short", vocabulary: "byte", length: 12, batchSize: 1, seed: 1 })).toThrow(
      /t: a split must hold a window of length \+ 1 = 13 tokens, got/,
    );
    expect(() => textTask({ name: "t", text, vocabulary: "byte", length: 0, batchSize: 1, seed: 1 })).toThrow(
      /length must be a positive integer, got 0/,
    );
  });
});

describe("books in other vocabularies", () => {
  test("byte pairs: more bytes per token, the same text", async () => {
    const task = mobyDickText({ batchSize: 2, seed: 1, length: 32, vocabulary: "byte-pair", size: 512 });
    expect(task.vocabulary).toBe(512);
    expect(task.bytesPerToken).toBeGreaterThan(1.5);
    const { inputs } = await rows(task.validationBatch(0));
    expect(mobyDick()).toContain(task.decode(inputs[1] ?? []).slice(1, -1));
    expect(() => mobyDickText({ batchSize: 2, seed: 1, vocabulary: "words" })).toThrow(
      'moby-dick task: vocabulary must be "byte", "character" or "byte-pair", got "words"',
    );
  });

  test("a vocabulary of one's own", () => {
    const vocabulary = trainBytePairs(text, { size: 260 });
    const task = textTask({ name: "t", text, vocabulary, length: 12, batchSize: 1, seed: 1 });
    expect(task.decode(task.encode(text))).toBe(text);
  });
});

describe("maskedText", () => {
  const book = mobyDick();
  const task = maskedText({ name: "m", text: book, vocabulary: "byte", length: 200, batchSize: 20, seed: 1 });

  test("asks for 15 % of the tokens; of these 80 % are hidden, 10 % random, 10 % left", async () => {
    let [asked, hidden, kept] = [0, 0, 0];
    for (let step = 0; step < 20; step++) {
      const { inputs, targets } = await rows(task.batch(step));
      for (const [row, targetRow] of targets.entries()) {
        expect(targetRow.filter((target) => target >= 0)).toHaveLength(30);
        const whole = (inputs[row] ?? []).map((id, place) => ((targetRow[place] ?? -1) >= 0 ? targetRow[place] : id));
        expect(book).toContain(task.decode(whole as number[]).slice(2, -2));
        for (const [place, target] of targetRow.entries()) {
          if (target < 0) continue;
          asked += 1;
          if (inputs[row]?.[place] === task.mask) hidden += 1;
          else if (inputs[row]?.[place] === target) kept += 1;
        }
      }
    }
    expect(asked).toBe(20 * 20 * 30);
    expect(Math.abs(hidden / asked - 0.8)).toBeLessThan(5 * Math.sqrt(0.16 / asked));
    expect(Math.abs(kept / asked - (0.1 + 0.1 / 256))).toBeLessThan(5 * Math.sqrt(0.09 / asked));
  });

  test("refuses a share out of range", () => {
    const options = { name: "m", text, vocabulary: "byte", length: 12, batchSize: 1, seed: 1 } as const;
    expect(() => maskedText({ ...options, share: 1 })).toThrow("m: share must lie between 0 and 1, got 1");
  });
});
