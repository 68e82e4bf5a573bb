import {
  gather,
  memory,
  ones,
  setBackend,
  slice,
  tensor2d,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  concat,
  zeros,
  add,
} from "@tensorflow/tfjs-core";
import {
  type Call,
  identity,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  type Position,
} from "@attention-lab/attention";
import { carry, countLeaks, randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { textbook, toy } from "./toy.ts";

beforeAll(async () => void (await setBackend("cpu")));

let made: MultiHeadAttention[] = [];
let before = 0;
beforeEach(() => void (before = memory().numTensors));
afterEach(() => {
  for (const mha of made) for (const each of Object.values(mha.parameters())) each.dispose();
  made = [];
  expect(memory().numTensors, "live tensors after the test").toBe(before);
});

/** Values of a tensor made in a scope. */
function valuesOf(body: () => Tensor): number[] {
  let values: number[] = [];
  scope("test", () => void (values = Array.from(body().dataSync())));
  return values;
}

const basic = { name: "mha", dModel: 8, heads: 2, maxLength: 32, seed: 3 } as const;
type Able = MultiHeadAttentionOptions<ReturnType<typeof everything>["supports"]>;

/** The toy with the type of a variant that can do everything the tests ask for. */
function everything(fault: Parameters<typeof toy>[0] = {}) {
  return toy(fault) as ReturnType<typeof toy> & {
    supports: Record<"causal" | "groupedQuery" | "dropout" | "scoreBias", true>;
  };
}

function layer(options: Partial<Able> = {}): MultiHeadAttention {
  const mha = new MultiHeadAttention({
    ...basic,
    attention: everything(),
    ...options,
  } as Able) as unknown as MultiHeadAttention;
  made.push(mha);
  return mha;
}

const input = (length: number, seed = 1) => randomNormal(seed, [2, length, 8]) as Tensor3D;

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

describe("refusals", () => {
  const floor = () => {
    const mha = new MultiHeadAttention({ ...basic, attention: identity({}) });
    made.push(mha as unknown as MultiHeadAttention);
    return mha;
  };

  test("of memory come with the variant's sentence, also where lengths agree", () => {
    const sentence = identity.supports.crossAttention;
    const mha = floor();
    for (const length of [3, 5]) {
      expect(() => scope("test", () => mha.call(input(3), { memory: input(length, 2) }))).toThrow(
        `identity attention cannot honour "crossAttention": ${sentence}`,
      );
    }
  });

  test("of padding come at the call", () => {
    const mha = layer({ attention: everything({ supports: { keyPadding: "no room" } }) });
    expect(() => scope("test", () => mha.call(input(3), { keyPadding: ones([2, 3]) as Tensor2D }))).toThrow(
      'toy attention cannot honour "keyPadding": no room',
    );
  });

  test.each([
    [{ causal: true }, { causal: "no" }, "causal"],
    [{ keyValueHeads: 1 }, { groupedQuery: "no" }, "groupedQuery"],
    [{ dropout: 0.1 }, { dropout: "no" }, "dropout"],
    [
      { position: { name: "p", parameters: {}, bias: { at: () => ones([2, 1]) as Tensor2D } } },
      { scoreBias: "no" },
      "scoreBias",
    ],
  ] as const)("of %o come at the build", (asked, supports, feature) => {
    expect(() => layer({ ...(asked as object), attention: everything({ supports }) })).toThrow(
      `toy attention cannot honour "${feature}": no`,
    );
  });

  test.each([
    [{ heads: 3 }, "multi-head attention mha: heads must divide dModel (8) unless headDim is given, got 3"],
    [{ heads: 4, keyValueHeads: 3 }, "multi-head attention mha: keyValueHeads must divide heads (4), got 3"],
    [{ heads: 0 }, "multi-head attention mha: heads must be a positive integer, got 0"],
    [{ dropout: 1 }, "multi-head attention mha: dropout must be at least 0 and below 1, got 1"],
    [{ maxLength: 0 }, "multi-head attention mha: maxLength must be a positive integer, got 0"],
  ])("of sizes: %o", (options, sentence) => {
    expect(() => layer(options as Partial<Able>)).toThrow(sentence);
  });

  test("of steps where the site is not causal", () => {
    expect(() => layer().start(1)).toThrow(
      "multi-head attention mha: decoding step by step needs causal: true, got false",
    );
    expect(layer().stepwise).toBe(false);
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

describe("step by step", () => {
  const position: Position = {
    name: "shift",
    parameters: {},
    rotate: (x, start) => add(x, positions(x, start)) as Tensor4D,
  };

  test("equals the whole sequence at once, and carry frees the old states", () => {
    const mha = layer({ causal: true, keyValueHeads: 1, position } as Partial<Able>);
    expect(mha.stepwise).toBe(true);
    const whole = valuesOf(() => mha.call(input(6)));
    let state = mha.start(2);
    for (let n = 0; n < 6; n++) {
      let row: number[] = [];
      state = carry(state, (held) => {
        const { output, state: next } = mha.step(held, slice(input(6), [0, n, 0], [2, 1, 8]) as Tensor3D, n);
        row = Array.from(output.dataSync());
        return next as typeof held;
      });
      const want = [0, 1].flatMap((b) => whole.slice((b * 6 + n) * 8, (b * 6 + n + 1) * 8));
      for (const [index, value] of want.entries()) expect(row[index]).toBeCloseTo(value, 5);
    }
    carry<typeof state>(state, () => ({}));
  });

  test("takes one position at a time", () => {
    const mha = layer({ causal: true });
    expect(() => scope("test", () => mha.step(mha.start(2), input(2), 0))).toThrow(
      "multi-head attention mha: a step takes one position [B,1,dModel], got [2,2,8]",
    );
  });

  /** Row n gets 0.1 (start + n). */
  function positions(x: Tensor4D, start: number): Tensor {
    const rows = Array.from({ length: x.shape[2] }, (_, n) => 0.1 * (start + n));
    return tensor2d(rows, [x.shape[2], 1]);
  }
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
