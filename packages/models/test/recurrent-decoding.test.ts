import { beamSearch, conditioned, decodeBatch, greedy, sample } from "@attention-lab/decoders";
import { countLeaksAsync } from "@attention-lab/tensors";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { build, contextNames, contexts, ids } from "./recurrent-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe.each(contextNames)("%s", (name) => {
  const model = build({ cell: "lstm", bidirectional: true, context: contexts[name] });
  const source = { ids: ids(2, 5, 9), lengths: [5, 3] };
  const shared = { model: conditioned(model, source), prompts: [[0], [0]], seed: 4 };

  test("decoding from the state gives the tokens of decoding anew, and leaks nothing", async () => {
    const options = { ...shared, maxTokens: 6, strategy: sample({ temperature: 2 }) };
    const leaked = await countLeaksAsync(async () => {
      const cached = await decodeBatch({ ...options, cached: true });
      expect(cached.map((row) => row.length)).toEqual([6, 6]);
      expect(new Set(cached.flat()).size).toBeGreaterThan(2);
      expect(await decodeBatch({ ...options, cached: false })).toEqual(cached);
    });
    expect(leaked).toBe(0);
  });

  test("beams reorder the whole state", async () => {
    const search = {
      ...shared,
      maxTokens: 4,
      beams: 3,
      results: 3,
      stop: [1],
      lengthPenalty: { rule: "gnmt", alpha: 0 } as const,
    };
    const cached = await beamSearch({ ...search, cached: true });
    const anew = await beamSearch({ ...search, cached: false });
    expect(cached.map((row) => row.map((found) => found.ids))).toEqual(
      anew.map((row) => row.map((found) => found.ids)),
    );
    const one = await decodeBatch({ ...shared, maxTokens: 4, strategy: greedy(), stop: [1] });
    const alone = await beamSearch({ ...search, beams: 1, results: 1 });
    expect(alone.map((row) => row[0]?.ids)).toEqual(one);
  });
});
