import { countLeaks, normalValues } from "@attention-lab/tensors";
import {
  mul,
  reverse,
  type Scalar,
  setBackend,
  slice,
  sum,
  tensor,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type CellState, lengthMask, Recurrent, type RecurrentOptions, timeSteps } from "../src/index.ts";
import { expectGradients } from "./expect-gradients.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const cells = ["rnn", "lstm", "gru"] as const;
const directions = ["forward", "backward", "both"] as const;
const shared = { name: "r", inputs: 3, units: 2, layers: 2, dropout: 0, seed: 5 } as const;
const make = (options: Partial<RecurrentOptions> = {}) =>
  new Recurrent({ ...shared, cell: "gru", direction: "forward", ...options });
const input = (batch: number, length: number, seed = 1) =>
  tensor(normalValues(seed, batch * length * 3), [batch, length, 3]) as Tensor3D;
const some = (layer: Recurrent, batch: number): CellState[] =>
  layer.start(batch).map(({ hidden, cell }, index) => {
    const drawn = (seed: number) => tensor(normalValues(seed + index, hidden.size), hidden.shape) as Tensor2D;
    return cell === undefined ? { hidden: drawn(20) } : { hidden: drawn(20), cell: drawn(40) };
  });
const largest = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape);
  const other = b.dataSync();
  return Math.max(0, ...Array.from(a.dataSync(), (value, i) => Math.abs(value - (other[i] ?? NaN))));
};
const tensorsOf = (state: readonly CellState[]) =>
  state.flatMap(({ hidden, cell }) => (cell ? [hidden, cell] : [hidden]));
const row = <T extends Tensor>(x: T, index: number): T => slice(x, [index], [1]);

describe.each(cells)("%s", (cell) => {
  test("a ragged batch is each sequence alone, and ends as it ended", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...directions),
        (lengths, direction) => {
          const layer = make({ cell, direction });
          const [batch, length] = [lengths.length, 5];
          const x = input(batch, length);
          const initial = some(layer, batch);
          const { outputs, state } = layer.call(x, { padding: lengthMask(lengths, length), initial });
          expect(outputs.shape).toEqual([batch, length, layer.width]);
          for (const [index, real] of lengths.entries()) {
            const alone = layer.call(slice(x, [index, 0, 0], [1, real, 3]), {
              initial: initial.map((each) => ({
                hidden: row(each.hidden, index),
                ...(each.cell === undefined ? {} : { cell: row(each.cell, index) }),
              })),
            });
            expect(largest(slice(outputs, [index, 0, 0], [1, real, layer.width]), alone.outputs)).toBeLessThan(1e-6);
            const past = slice(outputs, [index, real, 0], [1, length - real, layer.width]).dataSync();
            expect([...past].every((value) => value === 0)).toBe(true);
            const ends = tensorsOf(alone.state);
            for (const [i, end] of tensorsOf(state).entries())
              expect(largest(row(end, index), ends[i] as Tensor)).toBeLessThan(1e-6);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  test("against time is along time on the reversed sequence; both are side by side", () => {
    const x = input(2, 4);
    const along = make({ cell, layers: 1 });
    const turned = along.call(reverse(x, 1)).outputs;
    const against = make({ cell, layers: 1, direction: "backward" }).call(x).outputs;
    expect(largest(against, reverse(turned, 1))).toBeLessThan(1e-6);
    const both = make({ cell, layers: 1, direction: "both" });
    for (const [name, variable] of Object.entries(both.parameters()))
      variable.assign(along.parameters()[name.replace(/\.(forward|backward)\./, ".")] as Tensor);
    const { outputs } = both.call(x);
    expect(largest(slice(outputs, [0, 0, 0], [2, 4, 2]), along.call(x).outputs)).toBeLessThan(1e-6);
    expect(largest(slice(outputs, [0, 0, 2], [2, 4, 2]), against)).toBeLessThan(1e-6);
  });

  test("step by step, and from the middle on, equals the whole", () => {
    const layer = make({ cell });
    const x = input(2, 6);
    const whole = layer.call(x);
    const first = layer.call(slice(x, [0, 0, 0], [2, 4, 3]));
    const rest = layer.call(slice(x, [0, 4, 0], [2, 2, 3]), { initial: first.state });
    expect(largest(rest.outputs, slice(whole.outputs, [0, 4, 0], [2, 2, 2]))).toBeLessThan(1e-6);
    let state = layer.start(2);
    for (const step of timeSteps(layer.projectInputs(x) as Tensor3D)) state = layer.advance(step, state);
    for (const [i, end] of tensorsOf(state).entries())
      expect(largest(end, tensorsOf(whole.state)[i] as Tensor)).toBeLessThan(1e-6);
  });

  test.each([1, 4])("gradients through %i steps of a ragged batch are central differences", (length) => {
    const layer = make({ cell, direction: "both" });
    const x = input(2, length);
    const initial = some(layer, 2);
    const [padding, cotangent] = [
      lengthMask([length, 1], length),
      tensor(normalValues(9, 2 * length * 4), [2, length, 4]),
    ];
    expectGradients(() => {
      const { outputs, state } = layer.call(x, { padding, initial });
      return sum(mul(sum(mul(outputs, cotangent)), sum(state.at(-1)?.hidden as Tensor))) as Scalar;
    }, layer.parameters());
  });

  test("leaves nothing behind but outputs and state", () => {
    const leaked = countLeaks(() => {
      const layer = make({ cell, direction: "both" });
      const [x, padding] = [input(2, 3), lengthMask([3, 2], 3)];
      const { outputs, state } = layer.call(x, { padding, training: true });
      for (const held of [x, padding, outputs, ...tensorsOf(state), ...Object.values(layer.parameters())])
        held.dispose();
    });
    expect(leaked).toBe(0);
  });
});

describe("dropout", () => {
  const x = () => input(1, 3);
  const run = (layer: Recurrent, step: number, training = true) =>
    layer.call(x(), { training, step }).outputs.dataSync();

  test("acts between layers only, by seed and step", () => {
    const layer = make({ dropout: 0.5, units: 16 });
    expect(run(layer, 0)).toEqual(run(layer, 0));
    expect(run(layer, 0)).not.toEqual(run(layer, 1));
    expect(run(layer, 0, false)).toEqual(run(make({ units: 16 }), 0));
    expect(run(make({ dropout: 0.5, layers: 1 }), 0)).toEqual(run(make({ layers: 1 }), 0));
  });

  test("drops other values at each time of a step-by-step run", () => {
    const layer = make({ dropout: 0.5, units: 16 });
    const projected = layer.projectInputs(tensor([[1, 2, 3]])) as Tensor2D;
    const top = (time: number) =>
      tidy(
        () => layer.advance(projected, layer.start(1), { training: true, time }).at(-1)?.hidden as Tensor,
      ).dataSync();
    expect(top(0)).toEqual(top(0));
    expect(top(0)).not.toEqual(top(1));
  });
});

test("names its parameters by layer and direction", () => {
  const ends = ["input.weight", "input.bias", "recurrent.weight", "recurrent.bias"];
  expect(Object.keys(make().parameters())).toEqual([0, 1].flatMap((i) => ends.map((end) => `layers.${i}.${end}`)));
  expect(Object.keys(make({ layers: 1, direction: "both", bias: false }).parameters())).toEqual(
    ["forward", "backward"].flatMap((way) => [`layers.0.${way}.input.weight`, `layers.0.${way}.recurrent.weight`]),
  );
});
