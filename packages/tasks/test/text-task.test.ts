import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { byteVocabulary, characterVocabulary, mobyDick, textTask } from "@attention-lab/tasks";

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
