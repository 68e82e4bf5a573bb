import { carry, countLeaks } from "@attention-lab/tensors";
import {
  concat,
  memory,
  setBackend,
  slice,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  type TensorContainer,
  tidy,
  unstack,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { build, contextNames, contexts, ids, largest, units, vocabulary } from "./recurrent-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const source = { ids: ids(3, 5, 9), lengths: [5, 2, 4] };
const target = ids(3, 6);
const cases = (["rnn", "lstm", "gru"] as const).flatMap((cell) => contextNames.map((name) => [cell, name] as const));

describe.each(cases)("%s, %s", (cell, name) => {
  const context = contexts[name];

  test.each([{}, { bidirectional: true }, { reverseSource: true, layers: 1 }])(
    "step by step gives the teacher-forced logits, and carries all that it needs: %j",
    (options) => {
      const model = build({ cell, context, ...options });
      const before = memory().numTensors;
      const forced = model.logits(target, source);
      expect(forced.shape).toEqual([3, 6, vocabulary]);
      let held: { logits?: Tensor2D; state: TensorContainer } = { state: model.start(source) };
      for (const [time, column] of (unstack(target, 1) as Tensor1D[]).entries()) {
        held = carry(held, ({ state }) => model.step(state as ReturnType<typeof model.start>, column));
        const want = slice(forced, [0, time, 0], [3, 1, vocabulary]).dataSync();
        expect(largest(held.logits?.dataSync() ?? [], want)).toBeLessThan(1e-5);
      }
      carry<TensorContainer>(held, () => undefined);
      forced.dispose();
      expect(memory().numTensors - before).toBe(12); // the columns and slices of this test
    },
  );

  test("a padded row is the row alone, and what padding holds changes nothing", () => {
    const model = build({ cell, context, bidirectional: true });
    const all = model.logits(target, source).dataSync();
    const alone = model.logits(slice(target, [1, 0], [1, 6]), { ids: slice(source.ids, [1, 0], [1, 2]) }).dataSync();
    expect(largest(all.slice(6 * vocabulary, 12 * vocabulary), alone)).toBeLessThan(1e-5);
    const other = concat([slice(source.ids, [0, 0], [3, 2]), ids(3, 3, 9, 8)], 1) as Tensor2D;
    const changed = model.logits(target, { ...source, ids: other }).dataSync();
    expect(changed.slice(6 * vocabulary, 12 * vocabulary)).toEqual(all.slice(6 * vocabulary, 12 * vocabulary));
    expect(largest(changed.slice(0, 6 * vocabulary), all.slice(0, 6 * vocabulary))).toBeGreaterThan(1e-4);
  });

  test("no logit depends on a later target, every one on the source and its own", () => {
    const model = build({ cell, context });
    const changed = concat([slice(target, [0, 0], [3, 4]), ids(3, 2, vocabulary, 9)], 1) as Tensor2D;
    const [first, second] = [target, changed].map((each) => model.logits(each, source).dataSync());
    const part = (values: Float32Array | undefined, from: number, to: number) =>
      values?.slice(from * vocabulary, to * vocabulary) ?? [];
    expect(part(first as Float32Array, 0, 4)).toEqual(part(second as Float32Array, 0, 4));
    expect(largest(part(first as Float32Array, 4, 6), part(second as Float32Array, 4, 6))).toBeGreaterThan(1e-4);
    const elsewhere = model.logits(target, { ids: ids(3, 5, 9, 30) }).dataSync();
    expect(largest(part(first as Float32Array, 0, 1), part(elsewhere as Float32Array, 0, 1))).toBeGreaterThan(1e-4);
  });

  test("leaks nothing, in training neither", () => {
    const leaked = countLeaks(() => {
      const model = build({ cell, context, dropout: 0.3 });
      model.logits(target, source, { training: true, step: 1 }).dispose();
      model.weights(target, source)?.dispose();
      for (const parameter of Object.values(model.parameters())) parameter.dispose();
    });
    expect(leaked).toBe(0);
  });
});

describe("weights", () => {
  test.each(contextNames.filter((name) => name !== "fixed"))(
    "%s: each step's sum to 1 over the real positions",
    (name) => {
      const shown = build({ context: contexts[name] }).weights(target, source);
      expect(shown?.shape).toEqual([3, 6, 5]);
      const values = shown?.dataSync() ?? [];
      for (let row = 0; row < 18; row++) {
        const real = source.lengths[Math.floor(row / 6)] ?? 0;
        const seen = Array.from(values.slice(row * 5, row * 5 + 5));
        expect(seen.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        expect(seen.slice(real)).toEqual(Array.from({ length: 5 - real }, () => 0));
      }
    },
  );

  test("there are none of a fixed context", () => {
    expect(build().weights(target, source)).toBeUndefined();
  });
});

describe("options", () => {
  test("parameters are named by place", () => {
    const names = Object.keys(build({ layers: 1, context: contexts["concat, input feeding"] }).parameters());
    expect(names).toEqual([
      "encoder.embedding.weight",
      ...["input.weight", "input.bias", "recurrent.weight", "recurrent.bias"].map((each) => `encoder.layers.0.${each}`),
      "decoder.embedding.weight",
      ...["input.weight", "input.bias", "recurrent.weight", "recurrent.bias"].map((each) => `decoder.layers.0.${each}`),
      "decoder.attention.concat.weight",
      "decoder.attention.score.weight",
      "decoder.feed.weight",
      "decoder.readout.weight",
      "decoder.output.weight",
      "decoder.output.bias",
    ]);
    expect(Object.keys(build({ bidirectional: true }).parameters())).toContain(
      "encoder.layers.1.backward.recurrent.bias",
    );
  });

  test("an encoder of both ways is as wide as one of one way; reversing the source reads it from its end", () => {
    const shapes = (options: Parameters<typeof build>[0]) => {
      const { outputs, state } = tidy(() => build(options).encode(source));
      return [outputs.shape, ...state.map(({ hidden }) => hidden.shape)];
    };
    const want = [
      [3, 5, units],
      [3, units],
      [3, units],
    ];
    expect(shapes({})).toEqual(want);
    expect(shapes({ bidirectional: true })).toEqual(want);
    const [first, turned] = [source.ids.dataSync().slice(0, 5), source.ids.dataSync().slice(0, 5).toReversed()];
    const last = (reverseSource: boolean, row: ArrayLike<number>) => {
      const { state } = build({ reverseSource }).encode({ ids: tensor2d(Array.from(row), [1, 5], "int32") });
      return state[0]?.hidden.dataSync() ?? [];
    };
    expect(largest(last(true, first), last(false, turned))).toBeLessThan(1e-6);
  });

  test("dropout acts in training only, by step", () => {
    const model = build({ context: contexts.bahdanau, dropout: 0.5 });
    const run = (training: boolean, step: number) => model.logits(target, source, { training, step }).dataSync();
    expect(run(false, 0)).toEqual(run(false, 1));
    expect(run(true, 0)).toEqual(run(true, 0));
    expect(run(true, 0)).not.toEqual(run(true, 1));
    expect(run(true, 0)).not.toEqual(run(false, 0));
  });
});
