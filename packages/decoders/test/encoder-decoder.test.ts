import { countLeaksAsync } from "@attention-lab/tensors";
import { setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { beamSearch, conditioned, decodeAll, decodeBatch, greedy, noRepeatedRun, sample } from "../src/index.ts";
import { bagModel, recurrentModel } from "./toy-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const source = () => ({
  ids: tensor2d(
    [
      [3, 3, 3, 2, 2],
      [5, 5, 4, 0, 0],
      [1, 1, 1, 1, 6],
    ],
    undefined,
    "int32",
  ),
  lengths: [4, 3, 4],
});
const begin = [[0], [0], [0]];

describe("an encoder-decoder model", () => {
  test("reads the source once, pads left out, and each row goes on from its own", async () => {
    const calls: string[] = [];
    const given = source();
    const shared = { prompts: begin, maxTokens: 3, strategy: greedy(), seed: 1, stop: [2, 4] };
    const cached = await decodeBatch({ ...shared, model: conditioned(bagModel(7, calls), given) });
    expect(cached).toEqual([
      [3, 3, 2],
      [5, 4],
      [1, 1, 1],
    ]);
    expect(calls).toEqual(["encode 3"]);
    const anew = await decodeBatch({ ...shared, model: conditioned(bagModel(7, calls), given), cached: false });
    expect(anew).toEqual(cached);
    expect(calls.slice(1)).toEqual(["encode 3", "encode 3", "encode 2"]);
    given.ids.dispose();
  });

  test("beams keep to their own source, cached and not, and leak nothing", async () => {
    const given = source();
    const search = {
      model: conditioned(bagModel(7), given),
      prompts: begin,
      maxTokens: 4,
      beams: 3,
      results: 3,
      stop: [],
      lengthPenalty: { rule: "gnmt", alpha: 0.6 } as const,
      filters: [noRepeatedRun(2)],
    };
    const cached = await beamSearch(search);
    expect(cached.map((found) => found[0]?.ids[0])).toEqual([3, 5, 1]);
    const anew = await beamSearch({ ...search, cached: false });
    expect(anew.map((found) => found.map(({ ids }) => ids))).toEqual(
      cached.map((found) => found.map(({ ids }) => ids)),
    );
    for (const kind of [true, false]) {
      expect(await countLeaksAsync(() => beamSearch({ ...search, cached: kind }))).toBe(0);
    }
    given.ids.dispose();
  });

  test("refuses lengths and prompts that do not fit the sources", async () => {
    const given = source();
    expect(() => conditioned(bagModel(7), { ...given, lengths: [4, 3] })).toThrow(
      "conditioned: there must be 3 source lengths, got 2",
    );
    expect(() => conditioned(bagModel(7), { ...given, lengths: [4, 0, 3] })).toThrow(
      "conditioned: source lengths must be integers from 1 to 5, got 0",
    );
    const model = conditioned(bagModel(7), given);
    for (const cached of [true, false]) {
      const four = decodeBatch({ model, prompts: [...begin, [0]], maxTokens: 2, strategy: greedy(), seed: 1, cached });
      await expect(four).rejects.toThrow("conditioned: there must be one prompt per source, 3 in all, got 4");
    }
    given.ids.dispose();
  });
});

describe("decodeBatch", () => {
  test("gives greedily what each prompt gives alone, prompts of any length, cached and not", async () => {
    const model = recurrentModel(7, 29);
    const prompts = [[1, 2, 3], [4], [5, 6, 1, 2, 2], [3, 3]];
    const shared = { model, maxTokens: 6, strategy: greedy(), seed: 4, stop: [0] };
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(await decodeAll({ ...shared, prompt }));
    for (const cached of [true, false]) expect(await decodeBatch({ ...shared, prompts, cached })).toEqual(alone);
    expect(new Set(alone.map((ids) => ids.length)).size).toBeGreaterThan(1);
  });

  test("draws anew for each row, and the first row draws what it draws alone", async () => {
    const shared = { model: recurrentModel(7, 29), maxTokens: 12, strategy: sample({ temperature: 5 }), seed: 4 };
    const [first, second, third] = await decodeBatch({ ...shared, prompts: [[1], [1], [1, 1]] });
    expect(first).toEqual(await decodeAll({ ...shared, prompt: [1] }));
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(first);
  });

  test("frees everything while rows end one by one", async () => {
    for (const cached of [true, false]) {
      const model = recurrentModel(7, 29);
      const batch = {
        model,
        prompts: [[1, 2], [4], [6]],
        maxTokens: 6,
        strategy: greedy(),
        seed: 1,
        stop: [0],
        cached,
      };
      expect(await countLeaksAsync(() => decodeBatch(batch))).toBe(0);
    }
  });
});
