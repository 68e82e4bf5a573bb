import { countLeaksAsync } from "@attention-lab/tensors";
import {
  add,
  cumsum,
  oneHot,
  setBackend,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  decode,
  decodeAll,
  type DecodeOptions,
  greedy,
  type LanguageModel,
  minLength,
  noRepeatedRun,
  sample,
} from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const vocabulary = 5;
type Counts = { readonly counts: Tensor2D };

/** A model whose logits count how often each id occurred: the next greedy token is the most frequent so far. */
function counting(maxLength: number, calls: string[] = []): LanguageModel<Counts> {
  return {
    vocabulary,
    maxLength,
    logits(ids) {
      calls.push(`logits ${ids.shape[1]}`);
      return cumsum(oneHot(ids, vocabulary, 1, 0, "float32"), 1) as Tensor3D;
    },
    start: (batch) => ({ counts: zeros([batch, vocabulary]) as Tensor2D }),
    step(state, ids: Tensor1D) {
      calls.push("step");
      const counts = add(state.counts, oneHot(ids, vocabulary, 1, 0, "float32")) as Tensor2D;
      return { logits: counts, state: { counts } };
    },
  };
}

const options = (model: LanguageModel, rest: Partial<DecodeOptions> = {}): DecodeOptions => ({
  model,
  prompt: [3, 1, 3],
  maxTokens: 4,
  strategy: greedy(),
  seed: 1,
  ...rest,
});

describe("decode", () => {
  test("yields each token as it is chosen, with the cache", async () => {
    const calls: string[] = [];
    const seen: string[] = [];
    for await (const id of decode(options(counting(20, calls)))) seen.push(`${id} after ${calls.length}`);
    expect(seen).toEqual(["3 after 3", "3 after 4", "3 after 5", "3 after 6"]);
    expect(new Set(calls)).toEqual(new Set(["step"]));
  });

  test("is the same without the cache, which computes everything anew", async () => {
    const calls: string[] = [];
    const strategy = sample({ temperature: 8 });
    const run = (cached: boolean) => decodeAll(options(counting(40, calls), { cached, strategy, maxTokens: 20 }));
    const withCache = await run(true);
    calls.length = 0;
    expect(await run(false)).toEqual(withCache);
    expect(calls).toEqual(Array.from({ length: 20 }, (_, index) => `logits ${index + 3}`));
    expect(new Set(withCache).size).toBeGreaterThan(1);
  });

  test("depends on the seed alone", async () => {
    const strategy = sample({ temperature: 2 });
    const run = (seed: number) => decodeAll(options(counting(60), { seed, strategy, maxTokens: 40 }));
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  test("stops after a stop token, which is yielded", async () => {
    expect(await decodeAll(options(counting(20), { stop: [3] }))).toEqual([3]);
    expect(await decodeAll(options(counting(20), { stop: [2] }))).toEqual([3, 3, 3, 3]);
    expect(await decodeAll(options(counting(20), { maxTokens: 0 }))).toEqual([]);
  });

  test("stops after a run of produced ids, of which the prompt is no part", async () => {
    const stopSequences = [[3, 3, 3], []];
    expect(await decodeAll(options(counting(20), { stopSequences, prompt: [3, 3] }))).toEqual([3, 3, 3]);
    expect(await decodeAll(options(counting(20), { stopSequences: [[3, 1]] }))).toHaveLength(4);
  });

  test("filters see the ids so far and act before the strategy", async () => {
    const filters = [noRepeatedRun(1)];
    expect(await decodeAll(options(counting(20), { filters, maxTokens: 3 }))).toEqual([0, 2, 4]);
    await expect(decodeAll(options(counting(20), { filters }))).rejects.toThrow(
      "decode: a token must be left to choose at step 3, got logits that are all -Infinity",
    );
    const ends = { stop: [3], filters: [minLength(5, [3])], maxTokens: 9 };
    expect(await decodeAll(options(counting(20), ends))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await decodeAll(options(counting(20), { ...ends, prompt: [3, 3, 3, 3, 1] }))).toEqual([3]);
  });

  test("refuses what outgrows maxLength before the first token, to the token", async () => {
    expect(await decodeAll(options(counting(6)))).toHaveLength(4);
    await expect(decodeAll(options(counting(5)))).rejects.toThrow(
      'decode: prompt and tokens must fit maxLength 5 unless whenFull is "slide", got 6',
    );
  });

  test("slides over the last maxLength ids, cached while they fit", async () => {
    const calls: string[] = [];
    const model = counting(4, calls);
    const prompt = [3, 3, 1, 1];
    expect(await decodeAll(options(model, { prompt, whenFull: "slide", maxTokens: 3 }))).toEqual([1, 1, 1]);
    expect(calls).toEqual(["step", "step", "step", "step", "logits 4", "logits 4"]);
    // Without the window the first 3s would still count.
    expect(await decodeAll(options(model, { prompt: [3, 3, 3, 1, 2, 2], whenFull: "slide", maxTokens: 1 }))).toEqual([
      2,
    ]);
    const whole = await decodeAll(options(model, { prompt, whenFull: "slide", maxTokens: 3, cached: false }));
    expect(whole).toEqual([1, 1, 1]);
  });

  test("frees everything, to the end, when left early and when the model throws", async () => {
    const model = counting(20);
    for (const cached of [true, false]) {
      expect(await countLeaksAsync(() => decodeAll(options(model, { cached })))).toBe(0);
      const early = async () => {
        for await (const id of decode(options(model, { cached }))) if (id === 3) break;
      };
      expect(await countLeaksAsync(early)).toBe(0);
    }
    const failing = {
      ...model,
      step: (state: Counts, ids: Tensor1D) => {
        if (sum(ids).dataSync()[0] === 1) throw new Error("no ones");
        return (model.step as NonNullable<typeof model.step>)(state, ids);
      },
    };
    expect(await countLeaksAsync(() => expect(decodeAll(options(failing))).rejects.toThrow("no ones"))).toBe(0);
  });
});

describe("bad input", () => {
  const model = counting(20);
  test.each<[Partial<DecodeOptions>, string]>([
    [{ prompt: [] }, "decode: prompt must hold at least one id, got []"],
    [{ prompt: [1, 5] }, "decode: prompt ids must be integers below the vocabulary of 5, got 5"],
    [{ stop: [-1] }, "decode: stop ids must be integers below the vocabulary of 5, got -1"],
    [{ stopSequences: [[1, 9]] }, "decode: stop sequence ids must be integers below the vocabulary of 5, got 9"],
    [{ maxTokens: 1.5 }, "decode: maxTokens must be a non-negative integer, got 1.5"],
    [
      { model: { vocabulary, maxLength: 20, logits: (ids) => model.logits(ids) }, cached: true },
      "decode: cached decoding needs a model whose every layer is stepwise, got one that is not",
    ],
    [{ model: { ...model, stepwise: false }, cached: true }, "decode: cached decoding needs a model whose every layer"],
    [
      { model: { vocabulary, maxLength: 20, logits: (ids) => add(model.logits(ids), NaN) }, cached: false },
      "decode: logits must be finite or -Infinity at token 0, got NaN",
    ],
  ])("%o", async (rest, sentence) => {
    await expect(decodeAll(options(model, rest))).rejects.toThrow(sentence);
  });
});
