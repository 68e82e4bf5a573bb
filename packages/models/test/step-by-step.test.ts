import { identity } from "@attention-lab/attention";
import { decodeAll, sample } from "@attention-lab/decoders";
import { learned, rope, sinusoidal } from "@attention-lab/position-encodings";
import { carry } from "@attention-lab/tensors";
import { memory, setBackend, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { build, largest, logitsOf, someIds, vocabulary } from "./tiny-model.ts";
import { runningMean, textbook } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("step by step", () => {
  const positions = {
    sinusoidal: sinusoidal({ layout: "interleaved" }),
    learned: learned({ deviation: 0.3 }),
    rope: rope({ base: 10000, pairing: "half", fraction: 1 }),
  };
  const cases = (["pre", "post"] as const).flatMap((norm) =>
    (["sinusoidal", "learned", "rope"] as const).map((position) => [norm, position] as const),
  );
  test.each(cases)("%s-norm, %s: logits equal the whole computation's", (norm, position) => {
    const model = build({ norm, position: positions[position], keyValueHeads: 1 });
    const ids = someIds(16, 7);
    const want = logitsOf(model, [...ids, ...ids.toReversed()], 2); // [2,16,V]
    let held = { state: model.start(2), logits: tensor2d([[0]]) };
    for (const [index, id] of ids.entries()) {
      held = carry(held, ({ state }) => model.step(state, tensor1d([id, ids.at(-1 - index) ?? 0], "int32")));
      const got = held.logits.dataSync();
      for (const row of [0, 1]) {
        const start = (row * 16 + index) * vocabulary;
        expect(
          largest(got.slice(row * vocabulary, (row + 1) * vocabulary), want.slice(start, start + vocabulary)),
        ).toBeLessThan(1e-5);
      }
    }
    expect(held.state.position).toBe(16);
    expect(() => model.step(held.state, tensor1d([1, 1], "int32"))).toThrow("at most maxLength 16 tokens, got 17");
  });

  test("decoding with and without the cache gives the same tokens and leaks nothing", async () => {
    const model = build({ attention: [textbook({}), identity({})] });
    expect(model.stepwise).toBe(true);
    const options = {
      model,
      prompt: [3, 1, 4],
      maxTokens: 13,
      strategy: sample({ temperature: 1.5, topK: 9 }),
      seed: 2,
    };
    const before = memory().numTensors;
    const cached = await decodeAll({ ...options, cached: true });
    expect(await decodeAll({ ...options, cached: false })).toEqual(cached);
    expect(new Set(cached).size).toBeGreaterThan(3);
    expect(memory().numTensors).toBe(before);
  });

  test("one layer that is not stepwise makes the model decode without a cache", async () => {
    const model = build({ attention: [textbook({}), runningMean({})] });
    expect(model.stepwise).toBe(false);
    expect(() => model.start(1)).toThrow(
      "decoder-only transformer: step-by-step decoding needs every layer to be stepwise",
    );
    const tokens = await decodeAll({ model, prompt: [1], maxTokens: 5, strategy: sample(), seed: 1 });
    expect(tokens).toHaveLength(5);
  });
});
