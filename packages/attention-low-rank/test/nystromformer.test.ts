import { memory, mul, setBackend, sub, tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { accept, type Call, type Mechanism, MultiHeadAttention, type Site } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { composedAttention } from "@attention-lab/ops";
import { matMulHeads, normalValues, permutation, randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { nystromformer, type NystromformerOptions } from "../src/index.ts";
import { pseudoInverse } from "../src/pseudo-inverse.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ keyValueHeads: 2, maxLength: 512, seed: 5, ...changes });

const input = (): never => {
  throw new Error("nystromformer has no use for the layer's input");
};

interface Heads {
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
  readonly keyPadding?: Tensor2D;
}

/** What attend answers, read and freed. */
function read(mechanism: Mechanism, heads: () => Heads): Float32Array {
  const call = (): Call => ({ ...heads(), input, queryOffset: 0, training: false, step: 0 });
  const output = scope("test", () => mechanism.attend(call()));
  const values = output.dataSync() as Float32Array;
  output.dispose();
  return values;
}

/** Row i of a seeded sequence is the same whatever the length. */
const sequence = (seed: number, batch: number, length: number, width: number) =>
  tensor(normalValues(seed, batch * 2 * length * width), [batch, 2, length, width]) as Tensor4D;

const headsOf = (batch: number, length: number) => (): Heads => ({
  q: sequence(1, batch, length, 4),
  k: sequence(2, batch, length, 4),
  v: sequence(3, batch, length, 3),
});

function disposeOf(...mechanisms: Mechanism[]): void {
  for (const { parameters } of mechanisms) for (const each of Object.values(parameters)) each.dispose();
}

describe("nystromformer", () => {
  it("with one landmark gives every query what the mean query sees", () => {
    const mechanism = nystromformer({ landmarks: 1 }).build(siteOf());
    const heads = headsOf(1, 6);
    const got = read(mechanism, heads);
    const want = scope("mean query", () => {
      const { q, k, v } = heads();
      const mean = matMulHeads(tensor(new Float32Array(12).fill(1 / 6), [1, 2, 1, 6]) as Tensor4D, q);
      return composedAttention({ q: mean, k, v }, { pattern: { causal: false }, scale: 0.5, queryOffset: 0 });
    }).dataSync();
    for (const [i, value] of got.entries()) {
      const [head, d] = [Math.floor(i / 18), i % 3];
      expect(value).toBeCloseTo(want[head * 3 + d] ?? Number.NaN, 5);
    }
  });

  it("gets nearer to softmax attention with more landmarks, on a sequence that changes slowly", () => {
    const length = 256;
    const wave = (phase: number, width: number) =>
      tensor(
        Float32Array.from({ length: 2 * length * width }, (_, i) => {
          const [position, d] = [Math.floor(i / width) % length, i % width];
          return 2 * Math.sin((position / length) * (d + 1) * 4 + phase + d);
        }),
        [1, 2, length, width],
      ) as Tensor4D;
    const heads = (): Heads => ({ q: wave(0, 4), k: wave(1, 4), v: wave(2, 3) });
    const exact = scope("exact", () =>
      composedAttention(heads(), { pattern: { causal: false }, scale: 0.5, queryOffset: 0 }),
    ).dataSync() as Float32Array;
    const [few = 0, more = 0, many = 0] = [2, 8, 32].map((landmarks) => {
      const got = read(nystromformer({ landmarks }).build(siteOf()), heads);
      return got.reduce((total, value, i) => total + Math.abs(value - (exact[i] ?? Number.NaN)), 0) / got.length;
    });
    expect(more).toBeLessThan(0.5 * few);
    expect(many).toBeLessThan(0.1 * more);
  });

  it("iterates to a pseudo-inverse: A Z A = A", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(1000),
        fc.constantFrom("per-matrix", "per-batch"),
        (n, seed, initialisation) => {
          const error = scope("pseudo-inverse", () => {
            // Rows of one large entry and small others, in any order: far from singular.
            const order = permutation(seed, n);
            const noise = normalValues(seed, n * n).map(
              (x, i) => Math.exp(0.3 * x) / (4 * n) + (order[Math.floor(i / n)] === i % n ? 1 : 0),
            );
            const rows = noise.map(
              (x, i) =>
                x / noise.slice(Math.floor(i / n) * n, Math.floor(i / n) * n + n).reduce((sum, y) => sum + y, 0),
            );
            const a = tensor(rows, [1, 1, n, n]) as Tensor4D;
            const z = pseudoInverse(a, { iterations: 12, initialisation: initialisation as "per-matrix" });
            return sub(matMulHeads(matMulHeads(a, z), a), a);
          });
          for (const each of error.dataSync()) expect(Math.abs(each)).toBeLessThan(1e-4);
          error.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("answers a padded sequence, wherever its padding lies, as the sequence without it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 24 }).filter((real) => real.includes(true)),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom("per-matrix" as const, "per-batch" as const),
        (real, landmarks, initialisation) => {
          const mechanism = nystromformer({ landmarks, initialisation }).build(siteOf());
          const positions = real.flatMap((one, i) => (one ? [i] : []));
          const spread = (of: Tensor4D) => {
            const [, heads, , width] = of.shape;
            const values = of.dataSync();
            const junk = normalValues(77, heads * real.length * width);
            const padded = junk.map((noise, index) => {
              const [head, position, d] = [
                Math.floor(index / (real.length * width)),
                Math.floor(index / width) % real.length,
                index % width,
              ];
              const row = positions.indexOf(position);
              return row < 0 ? 50 * noise : (values[(head * positions.length + row) * width + d] ?? 0);
            });
            return tensor(padded, [1, heads, real.length, width]) as Tensor4D;
          };
          const short = headsOf(1, positions.length);
          const got = read(mechanism, () => {
            const { q, k, v } = short();
            const keyPadding = tensor(real.map(Number), [1, real.length], "float32") as Tensor2D;
            return { q: spread(q), k: spread(k), v: spread(v), keyPadding };
          });
          const want = read(mechanism, short);
          for (const head of [0, 1]) {
            for (const [row, position] of positions.entries()) {
              for (const d of [0, 1, 2]) {
                const value = got[(head * real.length + position) * 3 + d];
                expect(value).toBeCloseTo(want[(head * positions.length + row) * 3 + d] ?? Number.NaN, 3);
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("couples batch rows only where it is asked to", () => {
    const change = (options: NystromformerOptions) => {
      const mechanism = nystromformer(options).build(siteOf());
      const alone = read(mechanism, headsOf(1, 10));
      // The second row's scores are larger, and with them the column sums.
      const beside = () => {
        const { q, k, v } = headsOf(2, 10)();
        return { q: mul(q, tensor([1, 5], [2, 1, 1, 1])) as Tensor4D, k, v };
      };
      const both = read(mechanism, beside);
      return Math.max(...alone.map((value, i) => Math.abs(value - (both[i] ?? Number.NaN))));
    };
    expect(change({ landmarks: 5 })).toBeLessThan(1e-6);
    expect(change({ landmarks: 5, initialisation: "per-batch" })).toBeGreaterThan(1e-3);
  });

  it("leaves no tensor behind", () => {
    const mechanism = nystromformer({ landmarks: 3, convolution: 3 }).build(siteOf());
    const before = memory().numTensors;
    read(mechanism, headsOf(2, 7));
    read(mechanism, () => ({ ...headsOf(1, 4)(), keyPadding: tensor([1, 1, 0, 1], [1, 4]) as Tensor2D }));
    expect(memory().numTensors).toBe(before);
    disposeOf(mechanism);
  });

  it("refuses with one sentence, and in the type system", () => {
    const around = {
      name: "test",
      attention: nystromformer({ landmarks: 2 }),
      dModel: 8,
      heads: 2,
      maxLength: 8,
      seed: 1,
    };
    // @ts-expect-error A layer around nystromformer has no option causal: true.
    const causal = () => new MultiHeadAttention({ ...around, causal: true });
    expect(causal).toThrow('nystromformer attention cannot honour "causal": a segment\'s mean mixes future positions');
    expect(() => accept(nystromformer({ landmarks: 2 }), ["crossAttention"])).toThrow("one sequence with one padding");
    const wrong: [unknown, string][] = [
      [{ landmarks: 0 }, "landmarks must be a positive integer, got 0"],
      [{ landmarks: 4, iterations: 1.5 }, "iterations must be a positive integer, got 1.5"],
      [{ landmarks: 4, convolution: 4 }, "convolution must be an odd positive integer, got 4"],
      [{ landmarks: 4, convolution: -3 }, "got -3"],
      [
        { landmarks: 4, padding: "absemt" },
        'padding must be absent or by-position or third-kernel (did you mean "absent"?), got "absemt"',
      ],
      [{ landmarks: 4, initialisation: "batch" }, "initialisation must be per-matrix or per-batch"],
      [{ landmark: 4 }, 'did you mean "landmarks"?'],
    ];
    for (const [options, sentence] of wrong) {
      expect(() => nystromformer.parse(options)).toThrow(sentence);
      if (!("landmark" in (options as object)))
        expect(() => nystromformer(options as NystromformerOptions).build(siteOf())).toThrow(
          /^nystromformer attention: /,
        );
    }
    expect(nystromformer.parse({ landmarks: 4, convolution: 3 })).toEqual({ landmarks: 4, convolution: 3 });
    const mechanism = nystromformer({ landmarks: 2 }).build(siteOf());
    const mixed = () => ({ ...headsOf(1, 4)(), q: randomNormal(1, [1, 2, 3, 4]) as Tensor4D });
    expect(() =>
      scope("mixed", () => mechanism.attend({ ...mixed(), input, queryOffset: 1, training: false, step: 0 })),
    ).toThrow("nystromformer attention: there must be as many keys as queries (3), got 4");
  });
});
