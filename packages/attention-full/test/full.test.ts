import { ones, setBackend, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { full, denseAttention } from "@attention-lab/attention-full";
import type { Call, Site } from "@attention-lab/attention";
import { countLeaks, randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => void (await setBackend("cpu")));

const site: Site = {
  heads: 2,
  keyValueHeads: 2,
  headDim: 4,
  valueDim: 4,
  scale: 0.5,
  maxLength: 16,
  causal: true,
  dropout: 0,
  seed: 1,
};

const normal = (seed: number, heads: number, length: number) => randomNormal(seed, [1, heads, length, 4]) as Tensor4D;
const noInput = () => {
  throw new Error("test: full attention must not ask for the layer's input, got asked");
};

function valuesOf(body: () => Tensor): number[] {
  let values: number[] = [];
  scope("test", () => void (values = Array.from(body().dataSync())));
  return values;
}

describe("options", () => {
  test("read from a config", () => {
    expect(full.parse({})).toEqual({});
    expect(full.parse({ implementation: "composed" })).toEqual({ implementation: "composed" });
  });

  test.each([
    [
      { implementation: "fusd" },
      'full attention: implementation must be fused or composed (did you mean "fused"?), got "fusd"',
    ],
    [
      { implementaton: "fused" },
      'full attention: options are implementation (did you mean "implementation"?), got "implementaton"',
    ],
  ])("%j is refused", (raw, sentence) => {
    expect(() => full.parse(raw)).toThrow(sentence);
  });
});

describe("the cache", () => {
  test("refuses a position that is not the next", () => {
    const { stepwise } = full({}).build(site);
    const next = (position: number) => ({ q: normal(1, 2, 1), k: normal(2, 2, 1), v: normal(3, 2, 1), position });
    expect(() => scope("test", () => stepwise?.step(stepwise.start(1), next(2)).output)).toThrow(
      "key-value cache: a step goes to the position after the cache's 0, got 2",
    );
  });

  test("is only offered where the site is causal", () => {
    expect(full({}).build({ ...site, causal: false }).stepwise).toBeUndefined();
  });
});

test("a query continues its own sequence: the last rows at once equal the last rows of the whole", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (past, queries) => {
      const length = past + queries;
      const mechanism = full({}).build(site);
      const [q, k, v] = [normal(5, 2, length), normal(6, 2, length), normal(7, 2, length)];
      const call = (rows: Tensor4D, queryOffset: number): Call => ({
        q: rows,
        k,
        v,
        input: noInput,
        queryOffset,
        training: false,
        step: 0,
      });
      const whole = valuesOf(() => mechanism.attend(call(q, 0)));
      const lastRows = valuesOf(() => mechanism.attend(call(slice(q, [0, 0, past, 0], [1, 2, queries, 4]), past)));
      for (let head = 0; head < 2; head++) {
        const want = whole.slice((head * length + past) * 4, (head + 1) * length * 4);
        for (const [index, value] of want.entries()) expect(lastRows[head * queries * 4 + index]).toBeCloseTo(value, 5);
      }
    }),
    { numRuns: 20 },
  );
});

describe("dense attention", () => {
  test("equals full attention without mask and bias, and frees what it made", () => {
    const [q, k, v] = [normal(1, 2, 5), normal(2, 1, 6), normal(3, 1, 6)];
    const mechanism = full({}).build({ ...site, causal: false, keyValueHeads: 1 });
    const call = { q, k, v, input: noInput, queryOffset: 0, training: false, step: 0 };
    const want = valuesOf(() => mechanism.attend(call));
    expect(valuesOf(() => denseAttention({ q, k, v }, { scale: 0.5 }))).toEqual(want);
    expect(countLeaks(() => denseAttention({ q, k, v }, { scale: 0.5 }))).toBe(1);
  });

  test.each([
    ["mask", [2, 6], "dense attention: mask must broadcast to [1,2,5,6], got [2,6]"],
    ["bias", [1, 1, 1, 5, 6], "dense attention: bias must broadcast to [1,2,5,6], got [1,1,1,5,6]"],
  ] as const)("refuses a %s of shape %j", (name, shape, sentence) => {
    const inputs = { q: normal(1, 2, 5), k: normal(2, 2, 6), v: normal(3, 2, 6), [name]: ones([...shape]) };
    expect(() => denseAttention(inputs, { scale: 1 })).toThrow(sentence);
  });
});
