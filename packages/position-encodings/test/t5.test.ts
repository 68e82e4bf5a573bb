import { grads, mul, setBackend, sum, tensor, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { normalValues } from "@attention-lab/tensors";
import { beforeAll, describe, expect, test } from "vitest";
import { t5, t5Bucket, type T5Direction, type T5Options } from "../src/index.ts";
import { oracleLoss } from "./attention-oracle.ts";
import {
  attention,
  biasAt,
  expectNoLeak,
  headDim,
  k,
  keys,
  largest,
  q,
  queries,
  type Setting,
  site,
  v,
} from "./bias-attention.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const t5Defaults: T5Options = { buckets: 8, maxDistance: 12, direction: "bidirectional", biasScale: 1 };
const directions = ["bidirectional", "causal"] as const;

describe("t5", () => {
  test.each<[T5Direction, number, number]>([
    ["bidirectional", 8, 12],
    ["causal", 8, 12],
    // The logarithmic buckets all end at maxDistance: one step short of it is far from the last.
    ["bidirectional", 32, 9],
    ["causal", 32, 17],
  ])(
    "%s, %i buckets to %i: reads the table by bucket, near and far, times biasScale",
    (direction, buckets, maxDistance) => {
      const options: T5Options = { buckets, maxDistance, direction, biasScale: 2.5 };
      const position = t5(options).build(site);
      const table = (position.parameters["weight"] as Tensor2D).arraySync();
      const offsets = [-1000, ...Array.from({ length: 41 }, (_, i) => i - 20), 5000];
      const got = biasAt(position, offsets);
      const want = [0, 1, 2].map((h) => offsets.map((offset) => 2.5 * (table[t5Bucket(offset, options)]?.[h] ?? NaN)));
      expect(largest(got.flat(), want.flat())).toBeLessThan(1e-6);
      expect(table.length).toBe(buckets);
    },
  );

  test("starts with deviation 1/sqrt(dModel) unless given, by seed", () => {
    const spread = (options: Partial<T5Options>, seed: number) => {
      const position = t5({ ...t5Defaults, buckets: 400, maxDistance: 1000, ...options }).build({
        ...site,
        heads: 10,
        seed,
      });
      const values = position.parameters["weight"]?.dataSync() ?? [];
      return { first: values[0], deviation: Math.sqrt([...values].reduce((total, x) => total + x * x, 0) / 4000) };
    };
    expect(Math.abs(spread({}, 1).deviation * Math.sqrt(12) - 1)).toBeLessThan(0.05);
    expect(Math.abs(spread({ deviation: 2 }, 1).deviation / 2 - 1)).toBeLessThan(0.05);
    expect(spread({}, 1).first).toBe(spread({}, 1).first);
    expect(spread({}, 1).first).not.toBe(spread({}, 2).first);
  });
});

describe("the gradient of a t5 table through attention", () => {
  const cotangent = normalValues(4, 3 * queries * headDim);
  const settings = directions.flatMap((direction) =>
    [
      { causal: false, queryOffset: 0 },
      { causal: true, queryOffset: 0 },
      { causal: true, queryOffset: 5 },
    ].map((setting): [T5Direction, Setting] => [direction, setting]),
  );

  test.each(settings)("%s, %o: agrees with central differences of a float64 definition", (direction, setting) => {
    const options = { ...t5Defaults, direction, biasScale: 1.5 };
    const position = t5({ ...options, deviation: 1 }).build(site);
    const weight = position.parameters["weight"] as Tensor as Tensor2D;
    const table = Float64Array.from(weight.dataSync());
    const [gradient] = grads(() => sum(mul(attention(position, setting), tensor(cotangent, [1, 3, queries, headDim]))))(
      [weight],
    );
    const loss = () =>
      oracleLoss({
        heads: 3,
        queries,
        keys,
        width: headDim,
        q,
        k,
        v,
        cotangent,
        scale: 1,
        ...setting,
        bias: (h, offset) => 1.5 * (table[t5Bucket(offset, options) * 3 + h] ?? NaN),
      });
    const want = Array.from(table, (value, entry) => {
      const at = (x: number) => {
        table[entry] = x;
        const result = loss();
        table[entry] = value;
        return result;
      };
      return (at(value + 1e-4) - at(value - 1e-4)) / 2e-4;
    });
    expect(largest(gradient?.dataSync() ?? [], want)).toBeLessThan(1e-5);
    expect(Math.max(...want.map(Math.abs))).toBeGreaterThan(0.1);
  });
});

test("t5 frees everything but its table and the bias", () => {
  expectNoLeak(t5(t5Defaults));
});
