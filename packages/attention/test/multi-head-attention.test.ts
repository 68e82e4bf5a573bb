import { concat, gather, ones, slice, tensor2d, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import type { Call, MultiHeadAttention, Position } from "@attention-lab/attention";
import { countLeaks, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textbook } from "./toy.ts";
import { type Able, everything, input, layer, tidyLayers, valuesOf } from "./toy-layer.ts";

tidyLayers();

describe("parameters", () => {
  test("are named by role and shaped [inputs, outputs]", () => {
    const mha = layer({ keyValueHeads: 1, bias: true });
    const shapes = Object.fromEntries(Object.entries(mha.parameters()).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      "query.weight": [8, 8],
      "query.bias": [8],
      "key.weight": [8, 4],
      "key.bias": [4],
      "value.weight": [8, 4],
      "value.bias": [4],
      "output.weight": [8, 8],
      "output.bias": [8],
    });
  });

  test("differ between projections and seeds, and repeat for one seed", () => {
    const weight = (mha: MultiHeadAttention, name: string) => Array.from(mha.parameters()[name]?.dataSync() ?? []);
    const [a, b, c] = [layer(), layer(), layer({ seed: 4 })];
    expect(weight(a, "query.weight")).toEqual(weight(b, "query.weight"));
    expect(weight(a, "query.weight")).not.toEqual(weight(c, "query.weight"));
    expect(weight(a, "query.weight")).not.toEqual(weight(a, "key.weight"));
  });

  test("of the mechanism come under mechanism.", () => {
    const parameters = scope("test", () => ({ gate: layer().parameters()["query.weight"] }));
    const mha = layer({
      attention: everything({ mechanism: (right) => ({ ...right, parameters: parameters as never }) }),
    });
    expect(Object.keys(mha.parameters())).toContain("mechanism.gate");
  });
});

describe("padding", () => {
  test("output rows of padding queries are 0, also with biases", () => {
    const mha = layer({ bias: true });
    scope("test", () => mha.parameters()["output.bias"]?.assign(ones([8])));
    const rows = valuesOf(() => mha.call(input(3), { queryPadding: tensor2d([1, 1, 0, 1, 0, 0], [2, 3]) }));
    const empty = Array.from({ length: 6 }, (_, row) => rows.slice(row * 8, row * 8 + 8).every((value) => value === 0));
    expect(empty).toEqual([false, false, true, false, true, true]);
  });

  test("padding keys change nothing", () => {
    const mha = layer();
    const keyPadding = () => concat([ones([2, 4]), zeros([2, 2])], 1) as Tensor2D;
    const short = valuesOf(() => mha.call(slice(input(6), [0, 0, 0], [2, 4, 8])));
    const long = valuesOf(() => slice(mha.call(input(6), { keyPadding: keyPadding() }), [0, 0, 0], [2, 4, 8]));
    for (const [index, value] of short.entries()) expect(long[index]).toBeCloseTo(value, 5);
  });
});

describe("what the mechanism is told", () => {
  const calls: Call[] = [];
  const attend = (call: Call, site: Parameters<typeof textbook>[1]) => {
    calls.push(call);
    return textbook(call, site);
  };

  test("globals, phase, input and offset", () => {
    const mha = layer({ attention: everything({ attend }) });
    scope("test", () => {
      const [x, memory] = [input(3), input(5, 2)];
      mha.call(x, { memory, queryOffset: 2, globals: [[0], []], training: true, step: 9 });
      const call = calls.pop();
      expect(call).toMatchObject({ queryOffset: 2, globals: [[0], []], training: true, step: 9 });
      expect(call?.input()).toBe(x);
      expect(call?.q.shape).toEqual([2, 2, 3, 4]);
      expect(call?.k.shape).toEqual([2, 2, 5, 4]);
    });
  });

  test("rotations get the position of row 0", () => {
    const starts: [number, number][] = [];
    const position: Position = {
      name: "rotation",
      parameters: {},
      rotate: (x, start) => {
        starts.push([x.shape[2], start]);
        return x;
      },
    };
    const mha = layer({ position } as Partial<Able>);
    scope("test", () => {
      mha.call(input(3), { queryOffset: 4 });
      mha.call(input(3), { queryOffset: 4, memory: input(7, 2) });
    });
    expect(starts).toEqual([
      [3, 4],
      [3, 4],
      [3, 4],
      [7, 0],
    ]);
  });
});

test("a call leaves its result alone, with grouped heads and another head width", () => {
  const mha = layer({ keyValueHeads: 1, headDim: 6 });
  const x = input(5);
  expect(countLeaks(() => mha.call(x).dispose())).toBe(0);
  expect(countLeaks(() => mha.weights(x).dispose())).toBe(0);
  x.dispose();
});

test("weights are the variant's, or its sentence", () => {
  const shape = () => {
    let found: number[] = [];
    scope("test", () => void (found = layer().weights(input(5)).shape));
    return found;
  };
  expect(shape()).toEqual([2, 2, 5, 5]);
  const blind = layer({
    attention: everything({
      supports: { weights: "never formed" },
      mechanism: ({ parameters, attend }) => ({ parameters, attend }),
    }),
  });
  expect(() => scope("test", () => blind.weights(input(5)))).toThrow(
    'toy attention cannot honour "weights": never formed',
  );
});

test("without positions, permuting the sequence permutes the output", () => {
  const mha = layer();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
      (order) => {
        const x = () => input(order.length, order.length);
        const indices = () => Int32Array.from(order);
        const permutedAfter = valuesOf(() => gather(mha.call(x()), indices(), 1));
        const permutedBefore = valuesOf(() => mha.call(gather(x(), indices(), 1)));
        for (const [index, value] of permutedAfter.entries()) expect(permutedBefore[index]).toBeCloseTo(value, 4);
      },
    ),
    { numRuns: 25 },
  );
});
