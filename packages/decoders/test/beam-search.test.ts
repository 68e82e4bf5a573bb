import { countLeaksAsync } from "@attention-lab/tensors";
import { scalar, setBackend, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  beamSearch,
  type BeamSearchOptions,
  decodeAll,
  greedy,
  minLength,
  noRepeatedRun,
  repetitionPenalty,
  type StopRule,
} from "../src/index.ts";
import { allHypotheses, listSearch } from "./search-oracle.ts";
import { recurrentModel, table, tableModel } from "./toy-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const rules: StopRule[] = ["hopeless", "enough", "heuristic"];
const options = (rest: Partial<BeamSearchOptions> & Pick<BeamSearchOptions, "model">): BeamSearchOptions => ({
  prompts: [[1]],
  maxTokens: 5,
  beams: 3,
  results: 3,
  stop: [0],
  lengthPenalty: { rule: "power", alpha: 1 },
  ...rest,
});

describe("beam search", () => {
  test("equals a search written with lists and whole sorts, under every rule", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 5, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 0.6, 1, 2),
        fc.constantFrom(...rules),
        async (seed, vocabulary, beams, alpha, stopRule) => {
          const rows = table(vocabulary, seed);
          const [found = []] = await beamSearch(
            options({
              model: tableModel(rows),
              beams,
              results: beams,
              stopRule,
              lengthPenalty: { rule: "power", alpha },
            }),
          );
          const want = listSearch(rows, { prompt: 1, beams, alpha, stopRule, stop: 0, maxTokens: 5 });
          expect(found.map(({ ids }) => ids)).toEqual(want.map(({ ids }) => ids));
          for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(want[i]?.score ?? NaN, 5);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("with beams for every prefix it finds the best of all hypotheses, by both length penalties", async () => {
    const rows = table(4, 3);
    for (const rule of ["gnmt", "power"] as const) {
      for (const alpha of [0, 0.6, 2]) {
        const divisor = (n: number) => (rule === "gnmt" ? ((5 + n) / 6) ** alpha : n ** alpha);
        const every = allHypotheses(rows, { prompt: 1, stop: 0, maxTokens: 4 })
          .map(({ ids, logProbability }) => ({ ids, score: logProbability / divisor(ids.length) }))
          .sort((a, b) => b.score - a.score);
        const search = { beams: 100, results: 5, maxTokens: 4, lengthPenalty: { rule, alpha } };
        const [found = []] = await beamSearch(options({ model: tableModel(rows), ...search }));
        expect(found.map(({ ids }) => ids)).toEqual(every.slice(0, 5).map(({ ids }) => ids));
      }
    }
  });

  test("one beam is greedy", async () => {
    const model = recurrentModel(6, 5);
    const [[best] = []] = await beamSearch(options({ model, beams: 1, results: 1, maxTokens: 9 }));
    expect(best?.ids).toEqual(
      await decodeAll({ model, prompt: [1], maxTokens: 9, strategy: greedy(), seed: 1, stop: [0] }),
    );
  });

  test("states are reordered with their beams: cached equals uncached, tokens and scores", async () => {
    const calls: string[] = [];
    const model = recurrentModel(7, 11, calls);
    const search = options({
      model,
      prompts: [
        [1, 2],
        [3, 3],
        [6, 5],
      ],
      beams: 4,
      results: 4,
      maxTokens: 8,
    });
    const cached = await beamSearch({ ...search, cached: true });
    expect(calls.every((call) => call.startsWith("step"))).toBe(true);
    expect(calls.slice(0, 3)).toEqual(["step 3", "step 3", "step 12"]);
    const uncached = await beamSearch({ ...search, cached: false });
    expect(calls.some((call) => call.startsWith("logits"))).toBe(true);
    expect(uncached.map((found) => found.map(({ ids }) => ids))).toEqual(
      cached.map((found) => found.map(({ ids }) => ids)),
    );
    for (const [row, found] of cached.entries()) {
      for (const [i, { score }] of found.entries()) {
        expect(Math.abs(score - (uncached[row]?.[i]?.score ?? NaN))).toBeLessThan(1e-5);
      }
    }
    expect(new Set(cached.map((found) => found[0]?.ids.join())).size).toBeGreaterThan(1);
  });

  test("a batch gives what its prompts give alone", async () => {
    const model = recurrentModel(7, 2);
    const prompts = [[1], [2], [5]];
    const together = await beamSearch(options({ model, prompts, results: 2 }));
    for (const [row, prompt] of prompts.entries()) {
      const [alone = []] = await beamSearch(options({ model, prompts: [prompt], results: 2 }));
      expect(together[row]?.map(({ ids }) => ids)).toEqual(alone.map(({ ids }) => ids));
    }
  });

  test("hypotheses are distinct, best first, and say how they ended", async () => {
    const [found = []] = await beamSearch(options({ model: tableModel(table(6, 8, 2)), beams: 4, results: 4 }));
    expect(new Set(found.map(({ ids }) => ids.join())).size).toBe(4);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    for (const { ids, stopped, score, logProbability } of found) {
      expect(stopped).toBe(ids.at(-1) === 0);
      expect(stopped || ids.length === 5).toBe(true);
      expect(score).toBeCloseTo(logProbability / ids.length, 12);
    }
  });

  test("penalties and bans act on beams; a ban on logits shares out what it removed", async () => {
    const model = tableModel(table(6, 10));
    const first = async (rest: Partial<BeamSearchOptions>) => (await beamSearch(options({ model, ...rest })))[0] ?? [];
    const plain = await first({ maxTokens: 8 });
    expect(plain.some(({ ids }) => ids.length < 4)).toBe(true);
    const long = await first({ maxTokens: 8, filters: [minLength(5, [0])] });
    expect(long.every(({ ids }) => ids.length >= 5)).toBe(true); // the fifth id of the sequence is the fourth produced
    const varied = await first({ maxTokens: 6, filters: [noRepeatedRun(1), minLength(5, [0])] });
    for (const { ids } of varied) expect(new Set([1, ...ids]).size).toBe(ids.length + 1);
    const penalised = await first({ maxTokens: 8, filters: [repetitionPenalty(50)] });
    expect(penalised.map(({ ids }) => ids)).not.toEqual(plain.map(({ ids }) => ids));
    const banned = { maxTokens: 3, filters: [minLength(9, [0])] };
    const [own] = await first({ ...banned, filtersOn: "logProbabilities" });
    const [shared] = await first({ ...banned, filtersOn: "logits" });
    expect(shared?.logProbability).toBeGreaterThan(own?.logProbability ?? 0);
  });

  test("frees everything, also when the model throws", async () => {
    for (const cached of [true, false]) {
      expect(await countLeaksAsync(() => beamSearch(options({ model: recurrentModel(7, 1), cached })))).toBe(0);
    }
    let steps = 0;
    const model = recurrentModel(7, 1);
    const step: typeof model.step = (state, ids) => {
      if (++steps === 3) throw new Error("no third step");
      return model.step?.(state, ids) as never;
    };
    const failing = () => expect(beamSearch(options({ model: { ...model, step } }))).rejects.toThrow("no third step");
    expect(await countLeaksAsync(failing)).toBe(0);
  });

  test.each<[Partial<BeamSearchOptions>, string]>([
    [{ beams: 0 }, "beam search: beams must be a positive integer, got 0"],
    [{ results: 4 }, "beam search: results must be at most the 3 beams, got 4"],
    [{ maxTokens: 0 }, "beam search: maxTokens must be a positive integer, got 0"],
    [{ stop: [6] }, "beam search: stop ids must be integers below the vocabulary of 6, got 6"],
    [{ prompts: [] }, "beam search: there must be at least one prompt, got []"],
    [{ prompts: [[]] }, "beam search: prompt must hold at least one id, got []"],
    [{ prompts: [[1], [1, 2]] }, "beam search: prompts must be of equal length 1, got 2"],
    [{ maxTokens: 40 }, "beam search: prompt and tokens must fit maxLength 32, got 40"],
    [{ lengthPenalty: { rule: "power", alpha: NaN } }, "length penalty: alpha must be a finite number, got NaN"],
    [{ filtersOn: "scores" as never }, 'filtersOn must be one of logProbabilities, logits, got "scores"'],
    [{ stopRule: "never" as never }, 'stopRule must be one of hopeless, enough, heuristic, got "never"'],
    [{ lengthPenalty: { rule: "hf" as never, alpha: 1 } }, 'rule must be "gnmt" or "power", got "hf"'],
    [
      { filters: [(row) => row.map(() => -Infinity)] },
      "beam search: a token must be left to choose at step 0, got logits that are all -Infinity",
    ],
  ])("%o is refused", async (rest, sentence) => {
    await expect(beamSearch(options({ model: tableModel(table(6, 1)), ...rest }))).rejects.toThrow(sentence);
  });

  test("a state without rows on axis 0 is refused", async () => {
    const recurrent = recurrentModel(5, 1);
    const start = (batch: number) => ({ sums: zeros([batch, 5]) as Tensor2D, read: 0, total: scalar(1) });
    const step: typeof recurrent.step = (state, ids) => {
      const next = recurrent.step?.(state, ids);
      return { ...next, state: { ...state, ...next?.state } } as never;
    };
    await expect(beamSearch(options({ model: { ...recurrent, start, step } }))).rejects.toThrow(
      "decode: every tensor of a state must hold 1 rows on axis 0, got a tensor of shape []",
    );
  });
});
