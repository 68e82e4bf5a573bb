import {
  defineAttention,
  MultiHeadAttention,
  patternMechanism,
  type Site,
  supportsEverything,
} from "@attention-lab/attention";
import { carry, countLeaks, normalValues, scope } from "@attention-lab/tensors";
import {
  concat,
  mul,
  type Scalar,
  setBackend,
  slice,
  sum,
  tensor,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { shaw, type ShawOptions } from "../src/index.ts";
import { largest } from "./bias-attention.ts";
import { shawOracle } from "./shaw-oracle.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const [heads, length, headDim] = [2, 7, 3];
const positionSite = { dModel: 6, heads, headDim, maxLength: 64, seed: 3 };
const defaults: ShawOptions = { clip: 2, values: "separate", sides: "query", perLayer: true, deviation: 0.7 };
const inputs = [1, 2, 3].map((seed) => normalValues(seed, heads * length * headDim));
const cotangent = normalValues(4, heads * length * headDim);

const scores = defineAttention({
  name: "scores",
  paper: "none",
  version: 1,
  supports: supportsEverything,
  parse: () => ({}),
  build: (_: unknown, site) => patternMechanism(site, { pattern: () => ({ causal: site.causal }) }),
  cost: () => ({ flops: 0, peakBytes: 0, parameters: 0, stateBytes: 0 }),
});
const site: Site = {
  heads,
  keyValueHeads: heads,
  headDim,
  valueDim: headDim,
  scale: 0.6,
  maxLength: length,
  causal: false,
  dropout: 0,
  seed: 1,
};

function attend(options: ShawOptions, causal: boolean) {
  const position = shaw(options).build(positionSite);
  const mechanism = scores({}).build({ ...site, causal, relative: position.relative });
  const [q, k, v] = inputs.map((values) => tensor(values, [1, heads, length, headDim]) as Tensor4D);
  const input = (): never => {
    throw new Error("the toy asks for no input");
  };
  const call = { q: q!, k: k!, v: v!, input, queryOffset: 0, training: false, step: 0 };
  return { position, run: () => mechanism.attend(call) };
}

const forms = (["separate", "shared", "none"] as const).flatMap((values) =>
  (["query", "both"] as const).flatMap((sides) => [true, false].map((causal) => [values, sides, causal] as const)),
);

describe("shaw", () => {
  test.each(forms)("values %s, sides %s, causal %s: the definition and its gradients", (values, sides, causal) => {
    const { position, run } = attend({ ...defaults, values, sides }, causal);
    const tables = Object.values(position.parameters);
    const [keys, own] = tables.map((table) => Float64Array.from(table.dataSync()));
    const valueTable = values === "none" ? undefined : (own ?? keys);
    const oracle = () =>
      shawOracle(
        { heads, length, headDim, scale: 0.6, causal, clip: 2, both: sides === "both" },
        inputs,
        keys!,
        valueTable,
      );
    expect(largest(run().dataSync(), oracle())).toBeLessThan(1e-5);

    const loss = () => oracle().reduce((total, y, i) => total + y * (cotangent[i] ?? NaN), 0);
    const weights = tensor(cotangent, [1, heads, length, headDim]);
    const { grads } = variableGrads(() => sum<Scalar>(mul(run(), weights)), tables);
    for (const [index, host] of [keys, own].entries()) {
      const table = tables[index];
      if (host === undefined || table === undefined) continue;
      const want = Array.from(host, (value, entry) => {
        const at = (x: number) => {
          host[entry] = x;
          const result = loss();
          host[entry] = value;
          return result;
        };
        return (at(value + 1e-4) - at(value - 1e-4)) / 2e-4;
      });
      expect(largest(grads[table.name]?.dataSync() ?? [], want)).toBeLessThan(1e-4);
      expect(Math.max(...want.map(Math.abs))).toBeGreaterThan(0.01);
    }
  });

  test("tables by name: of their own, shared, or none for values; by seed", () => {
    const names = (values: ShawOptions["values"]) =>
      Object.keys(shaw({ ...defaults, values }).build(positionSite).parameters);
    expect(["separate", "shared", "none"].map((values) => names(values as ShawOptions["values"]))).toEqual([
      ["keys", "values"],
      ["keys"],
      ["keys"],
    ]);
    const { keys, values } = shaw(defaults).build(positionSite).parameters;
    expect(keys?.shape).toEqual([5, headDim]);
    expect(keys?.dataSync()).not.toEqual(values?.dataSync());
    expect(shaw(defaults).build(positionSite).parameters["keys"]?.dataSync()).toEqual(keys?.dataSync());
    expect(
      shaw(defaults)
        .build({ ...positionSite, seed: 4 })
        .parameters["keys"]?.dataSync(),
    ).not.toEqual(keys?.dataSync());
  });

  test("starts with deviation 1/sqrt(headDim) unless given", () => {
    const { deviation: _, ...silent } = { ...defaults, clip: 1000 };
    const table =
      shaw(silent)
        .build({ ...positionSite, headDim: 16 })
        .parameters["keys"]?.dataSync() ?? [];
    expect(Math.abs((16 * [...table].reduce((total, x) => total + x * x, 0)) / table.length - 1)).toBeLessThan(0.05);
  });

  test("parse fills in the paper's options and refuses others in one sentence", () => {
    expect(shaw.parse({})).toEqual({ clip: 16, values: "separate", sides: "query", perLayer: true });
    expect(shaw(shaw.parse({})).perLayer).toBe(true);
    expect(shaw(shaw.parse({ perLayer: false })).perLayer).toBe(false);
    expect(() => shaw.parse({ clip: 0 })).toThrow("shaw position: clip must be");
    expect(() => shaw.parse({ value: "none" })).toThrow(
      "shaw position: options are clip, values, sides, perLayer, deviation",
    );
    expect(() => shaw({ ...defaults, clip: 1.5 }).build(positionSite)).toThrow(
      "shaw position: clip must be a positive integer, got 1.5",
    );
    expect(() => shaw({ ...defaults, deviation: 0 }).build(positionSite)).toThrow(
      "shaw position: deviation must be positive, got 0",
    );
  });
});

describe("in a layer", () => {
  const layer = (causal: boolean) => {
    const position = shaw(defaults).build(positionSite);
    const options = { name: "mha", dModel: 6, heads, maxLength: 64, causal, seed: 5 };
    return new MultiHeadAttention({ ...options, attention: scores({}), position });
  };
  const x = (rows: number) => tensor(normalValues(8, rows * 6), [1, rows, 6]) as Tensor3D;

  test("step by step equals the whole at once, also where distances are clipped", () => {
    const mha = layer(true);
    const whole = mha.call(x(9)).dataSync();
    let state = mha.start(1);
    for (let n = 0; n < 9; n++) {
      state = carry(state, (held) => {
        const stepped = mha.step(held, slice(x(9), [0, n, 0], [1, 1, 6]) as Tensor3D, n);
        expect(largest(stepped.output.dataSync(), whole.slice(n * 6, (n + 1) * 6))).toBeLessThan(1e-5);
        return stepped.state as typeof held;
      });
    }
  });

  test("only distances count: the rows of a sequence repeated far away see each other as before", () => {
    const mha = layer(false);
    const twice = concat([x(4), x(4)], 1) as Tensor3D;
    const keyPadding = tensor([0, 0, 0, 0, 1, 1, 1, 1], [1, 8]) as Tensor as never;
    const moved = mha.call(twice, { keyPadding }).dataSync().slice(24);
    expect(largest(moved, mha.call(x(4)).dataSync())).toBeLessThan(1e-5);
  });

  test("frees everything but its tables", () => {
    const leaked = countLeaks(() => {
      const position = shaw(defaults).build(positionSite);
      const mechanism = scores({}).build({ ...site, relative: position.relative });
      scope("test", () => {
        const [q, k, v] = inputs.map((values) => tensor(values, [1, heads, length, headDim]) as Tensor4D);
        const input = (): never => {
          throw new Error("the toy asks for no input");
        };
        mechanism.attend({ q: q!, k: k!, v: v!, input, queryOffset: 0, training: false, step: 0 });
      });
      for (const table of Object.values(position.parameters)) table.dispose();
    });
    expect(leaked).toBe(0);
  });
});
