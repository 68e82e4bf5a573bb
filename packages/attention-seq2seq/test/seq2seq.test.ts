import {
  eye,
  gather,
  memory,
  setBackend,
  slice,
  stack,
  type Tensor,
  tensor,
  type Tensor2D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { type Call, type Mechanism, MultiHeadAttention, type Site } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { attentionalVector, bahdanau, luong, type LuongOptions } from "@attention-lab/attention-seq2seq";
import { permutation, randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => void (await setBackend("cpu")));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ keyValueHeads: 2, maxLength: 16, seed: 3, ...changes });

const input = (): never => {
  throw new Error("the attentions of sequence-to-sequence models have no use for the layer's input");
};

type Inputs = Pick<Call, "q" | "k" | "v"> & { readonly keyPadding?: Tensor2D };

function read(mechanism: Mechanism, inputs: () => Inputs): Float32Array {
  const output = scope("test", () =>
    mechanism.attend({ ...inputs(), input, queryOffset: 0, training: false, step: 0 }),
  );
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

const inputsOf = (batch: number, queries: number, keys: number) => (): Inputs => ({
  q: randomNormal(1, [batch, 2, queries, 4]) as Tensor4D,
  k: randomNormal(2, [batch, 2, keys, 4]) as Tensor4D,
  v: randomNormal(3, [batch, 2, keys, 3]) as Tensor4D,
});

function disposeOf(...mechanisms: Mechanism[]): void {
  for (const { parameters } of mechanisms) for (const each of Object.values(parameters)) each.dispose();
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(got[i]).toBeCloseTo(want[i] ?? Number.NaN, 4);
}

describe("scores that must agree", () => {
  test("general with the identity is dot, and so is a learned scale that was not trained", () => {
    const [dot, general, scaled] = [
      luong({ score: "dot" }).build(siteOf()),
      luong({ score: "general" }).build(siteOf()),
      luong({ score: "dot", learnedScale: true }).build(siteOf()),
    ];
    const identities = scope("identities", () => stack([eye(4), eye(4)]));
    general.parameters["score.weight"]?.assign(identities);
    const want = read(dot, inputsOf(2, 3, 5));
    expectClose(read(general, inputsOf(2, 3, 5)), want);
    expectClose(read(scaled, inputsOf(2, 3, 5)), want);
    disposeOf(general, scaled);
  });

  test("concat is bahdanau whose two matrices are the halves of one", () => {
    const concat = luong({ score: "concat", units: 5 }).build(siteOf());
    const additive = bahdanau({ units: 5 }).build(siteOf());
    const [query, key] = scope("halves", () => {
      const whole = concat.parameters["concat.weight"] as Tensor;
      return [slice(whole, [0, 0, 0], [2, 4, 5]), slice(whole, [0, 4, 0], [2, 4, 5])];
    });
    additive.parameters["query.weight"]?.assign(query as Tensor);
    additive.parameters["key.weight"]?.assign(key as Tensor);
    additive.parameters["score.weight"]?.assign(concat.parameters["score.weight"] as Tensor);
    expectClose(read(concat, inputsOf(2, 3, 5)), read(additive, inputsOf(2, 3, 5)));
    disposeOf(concat, additive);
  });
});

const all: [string, () => Mechanism][] = [
  ["bahdanau", () => bahdanau({ units: 5, bias: true }).build(siteOf())],
  ...(["dot", "general", "concat"] as const).map((score): [string, () => Mechanism] => [
    `luong ${score}`,
    () => luong({ score } as LuongOptions).build(siteOf()),
  ]),
];

describe.each(all)("%s", (_, build) => {
  test("does not see the order of keys, and a batch row does not see the others, at any shape", () => {
    const mechanism = build();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(1000),
        (batch, queries, keys, seed) => {
          const want = read(mechanism, inputsOf(batch, queries, keys));
          const order = tensor([...permutation(seed, keys)], [keys], "int32");
          const shuffled = read(mechanism, () => {
            const { q, k, v } = inputsOf(batch, queries, keys)();
            return { q, k: gather(k, order, 2), v: gather(v, order, 2) };
          });
          order.dispose();
          expectClose(shuffled, want);
          // Row 0 of a seeded batch is the seeded batch of one.
          const alone = read(mechanism, inputsOf(1, queries, keys));
          expectClose(alone, want.slice(0, alone.length));
        },
      ),
      { numRuns: 25 },
    );
    disposeOf(mechanism);
  });

  test("each output is a mean of the values that are not padding", () => {
    const mechanism = build();
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (real) => {
        const got = read(mechanism, () => ({
          ...inputsOf(1, 4, real.length)(),
          keyPadding: tensor(real.map(Number), [1, real.length], "float32") as Tensor2D,
        }));
        const values = scope("values", () => inputsOf(1, 4, real.length)().v).dataSync();
        for (const [index, output] of got.entries()) {
          const [d, head] = [index % 3, Math.floor(index / 12)];
          const seen = real.flatMap((one, j) => (one ? [values[(head * real.length + j) * 3 + d] ?? Number.NaN] : []));
          if (seen.length === 0) expect(output).toBe(0);
          else {
            expect(output).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-5);
            expect(output).toBeLessThanOrEqual(Math.max(...seen) + 1e-5);
          }
        }
      }),
      { numRuns: 25 },
    );
    disposeOf(mechanism);
  });

  test("leaves no tensor behind", () => {
    const mechanism = build();
    const before = memory().numTensors;
    read(mechanism, inputsOf(2, 3, 5));
    expect(memory().numTensors).toBe(before);
    disposeOf(mechanism);
  });
});

test("the attentional vector is tanh of a projection of context and state side by side", () => {
  const before = memory().numTensors;
  const [context, state] = [tensor([1, 2], [1, 1, 2]), tensor([3], [1, 1, 1])];
  const weight = tensor([0.1, 0.2, 0.3], [3, 1]) as Tensor2D;
  const bias = tensor([-1]);
  const vectors = [attentionalVector(context, state, weight), attentionalVector(context, state, weight, bias as never)];
  expectClose(vectors[0]?.dataSync() ?? [], [Math.tanh(1.4)]);
  expectClose(vectors[1]?.dataSync() ?? [], [Math.tanh(0.4)]);
  expect(() => attentionalVector(context, context, weight)).toThrow(RangeError);
  for (const each of [context, state, weight, bias, ...vectors]) each.dispose();
  expect(memory().numTensors).toBe(before);
});

test("options and limits are refused with one sentence", () => {
  const wrong: [() => unknown, string][] = [
    [() => bahdanau.parse({ units: 0 }), "bahdanau attention: units must be a positive integer, got 0"],
    [() => bahdanau.parse({}), "bahdanau attention: units must be given, got undefined"],
    [() => bahdanau({ units: 1.5 }).build(siteOf()), "bahdanau attention: units must be a positive integer, got 1.5"],
    [
      () => luong.parse({ score: "generel" }),
      'score must be dot or general or concat (did you mean "general"?), got "generel"',
    ],
    [() => luong.parse({ score: "dot", units: 4 }), 'luong attention: units belong to the score concat, got "dot"'],
    [() => luong.parse({ score: "concat", learnedScale: true }), 'learnedScale belongs to the score dot, got "concat"'],
    [
      () => luong({ score: "concat", units: 0 }).build(siteOf()),
      "luong attention: units must be a positive integer, got 0",
    ],
    [
      () => luong({ score: "add" } as unknown as LuongOptions).build(siteOf()),
      "score must be dot or general or concat",
    ],
  ];
  for (const [ask, sentence] of wrong) expect(ask).toThrow(sentence);
  const mha = new MultiHeadAttention({
    name: "test",
    attention: luong({ score: "dot" }),
    dModel: 8,
    heads: 2,
    causal: true,
    maxLength: 8,
    seed: 1,
  });
  expect(() => mha.start(1)).toThrow(
    'luong attention cannot honour "stepwise": its keys are a source sequence that is complete',
  );
  for (const each of Object.values(mha.parameters())) each.dispose();
});
