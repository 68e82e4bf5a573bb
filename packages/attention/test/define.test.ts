import { add, mul, ones, setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import { accept, type Call, features, identity, type Site } from "@attention-lab/attention";
import { countLeaks } from "@attention-lab/tensors";
import { beforeAll, expect, test } from "vitest";
import { noInput, toy } from "./toy.ts";

beforeAll(async () => void (await setBackend("cpu")));

const site: Site = {
  heads: 2,
  keyValueHeads: 2,
  headDim: 4,
  valueDim: 4,
  scale: 0.5,
  maxLength: 8,
  causal: false,
  dropout: 0,
  seed: 1,
};

const callOf = (queries: number, keys: number, queryOffset = 0): Call => {
  const shaped = (length: number) => ones([1, 2, length, 4]) as Tensor4D;
  return {
    q: shaped(queries),
    k: shaped(keys),
    v: shaped(keys),
    input: noInput,
    queryOffset,
    training: false,
    step: 0,
  };
};

test("a variant keeps its name, paper, version and sentences beside the function", () => {
  expect(identity.variant).toBe("identity");
  expect(identity.version).toBe(1);
  expect(identity.paper).toContain("Choromanski");
  expect(Object.keys(identity.supports).toSorted()).toEqual(features.toSorted());
  expect(identity({}).name).toBe("identity");
});

test("attend frees what it made on the way, whatever the author left", () => {
  const careless = toy({ attend: ({ v }) => mul(add(v, 1), add(v, 2)) as Tensor4D }).build(site);
  const call = callOf(3, 3);
  expect(countLeaks(() => careless.attend(call))).toBe(1);
});

test("a mechanism refuses calls with the variant's sentence", () => {
  const supports = { keyPadding: "no padding", crossAttention: "one sequence", anyLength: "learned for maxLength" };
  const mechanism = toy({ supports }).build(site);
  expect(() => mechanism.attend({ ...callOf(3, 3), keyPadding: ones([1, 3]) })).toThrow(
    'toy attention cannot honour "keyPadding": no padding',
  );
  expect(() => mechanism.attend(callOf(3, 4))).toThrow('toy attention cannot honour "crossAttention": one sequence');
  expect(() => mechanism.weights?.(callOf(3, 4))).toThrow('toy attention cannot honour "crossAttention": one sequence');
  expect(() => mechanism.attend(callOf(9, 9))).toThrow(
    'toy attention cannot honour "anyLength": learned for maxLength',
  );
  // Queries that continue their own sequence are no cross-attention.
  expect(mechanism.attend(callOf(1, 4, 3)).shape).toEqual([1, 2, 1, 4]);
  expect(mechanism.attend(callOf(8, 8)).shape).toEqual([1, 2, 8, 4]);
});

test("accept hands back the same variant, or throws the first sentence", () => {
  const attention = toy({ supports: { causal: "time has no order here", weights: "never formed" } });
  expect(accept(attention, ["keyPadding", "stepwise"])).toBe(attention);
  expect(accept(attention, [])).toBe(attention);
  expect(() => accept(attention, ["keyPadding", "causal", "weights"])).toThrow(
    new RangeError('toy attention cannot honour "causal": time has no order here'),
  );
});

test.each([
  [{ heads: 4, keyValueHeads: 3 }, "identity attention: keyValueHeads must divide heads (4), got 3"],
  [{ heads: 2, keyValueHeads: 4 }, "identity attention: keyValueHeads must divide heads (2), got 4"],
  [{ heads: 0 }, "identity attention: heads must be a positive integer, got 0"],
  [{ headDim: 1.5 }, "identity attention: headDim must be a positive integer, got 1.5"],
  [{ maxLength: 0 }, "identity attention: maxLength must be a positive integer, got 0"],
  [{ dropout: 1 }, "identity attention: dropout must be from 0 to below 1, got 1"],
  [{ dropout: Number.NaN }, "identity attention: dropout must be from 0 to below 1, got NaN"],
])("no variant is built at a site of %o", (changes, sentence) => {
  expect(() => identity({}).build({ ...site, ...changes })).toThrow(sentence);
});

test("a call has queries and keys", () => {
  const mechanism = identity({}).build(site);
  expect(() => mechanism.attend(callOf(0, 0))).toThrow("identity attention: queries must be at least 1, got 0");
  expect(() => mechanism.attend(callOf(3, 0))).toThrow("identity attention: keys must be at least 1, got 0");
});
