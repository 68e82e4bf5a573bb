import { memory, setBackend, type Tensor, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { type Mechanism, MultiHeadAttention, type Site } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { visible } from "@attention-lab/ops";
import { randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { initialiseGlobalFromLocal, longformer } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ dModel: 6, ...changes });

/** Output of normal inputs; `nudge` adds 1 to keys, values and the layer's input at one position. */
function attend(mechanism: Mechanism, site: Site, length: number, globals?: number[][], nudge = -1): Tensor {
  return scope("test", () => {
    const draw = (seed: number, shape: number[]) => {
      const base = randomNormal(seed, shape);
      const values = base.dataSync();
      const inner = shape.at(-1)!;
      for (let i = 0; i < values.length; i++) if (Math.floor(i / inner) % length === nudge) values[i]! += 1;
      return base;
    };
    return mechanism.attend({
      q: randomNormal(1, [1, site.heads, length, site.headDim]) as Tensor4D,
      k: draw(2, [1, site.keyValueHeads, length, site.headDim]) as Tensor4D,
      v: draw(3, [1, site.keyValueHeads, length, site.valueDim]) as Tensor4D,
      input: () => draw(4, [1, length, site.dModel ?? 1]) as Tensor3D,
      ...(globals === undefined ? {} : { globals }),
      queryOffset: 0,
      training: false,
      step: 0,
    });
  });
}

/** Whether each output row moves when a position changes. */
function movedRows(mechanism: Mechanism, site: Site, length: number, globals: number[][], position: number): boolean[] {
  const [before, after] = [-1, position].map(
    (nudge) => attend(mechanism, site, length, globals, nudge).arraySync() as number[][][][],
  );
  return Array.from({ length }, (_, i) =>
    [0, 1].some((h) => before![0]![h]![i]!.some((x, d) => Math.abs(x - after![0]![h]![i]![d]!) > 1e-6)),
  );
}

describe("longformer", () => {
  it("moves exactly the rows that see a position: window, dilation per head, global keys and global queries", () => {
    fc.assert(
      fc.property(
        fc.record({
          length: fc.integer({ min: 1, max: 12 }),
          before: fc.integer({ min: 0, max: 3 }),
          after: fc.integer({ min: 0, max: 3 }),
          dilation: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
          globals: fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
          causal: fc.boolean(),
          position: fc.nat(11),
        }),
        ({ length, before, after, dilation, globals: drawn, causal, position: where }) => {
          const globals = drawn.filter((p) => p < length);
          const position = where % length;
          const site = siteOf({ causal });
          const mechanism = longformer({ before, after, dilation, global: true }).build(site);
          const pattern = { causal, window: { before, after, dilation } };
          const want = Array.from({ length }, (_, query) => {
            if (globals.includes(query)) return !causal || position <= query;
            const globalKey = globals.includes(position);
            return [0, 1].some((head) => visible(pattern, { head, query, key: position, queryOffset: 0, globalKey }));
          });
          expect(movedRows(mechanism, site, length, [globals], position)).toEqual(want);
          for (const each of Object.values(mechanism.parameters)) each.dispose();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("starts the global projections from the local ones", () => {
    const layer = new MultiHeadAttention({
      name: "test",
      attention: longformer({ before: 1, after: 1, global: true }),
      dModel: 8,
      heads: 2,
      maxLength: 16,
      seed: 3,
    });
    const parameters = layer.parameters();
    const valuesOf = (name: string) => parameters[name]!.dataSync();
    expect(valuesOf("mechanism.global.query.weight")).not.toEqual(valuesOf("query.weight"));
    const before = memory().numTensors;
    initialiseGlobalFromLocal(parameters);
    expect(memory().numTensors).toBe(before);
    for (const role of ["query", "key", "value"])
      expect(valuesOf(`mechanism.global.${role}.weight`)).toEqual(valuesOf(`${role}.weight`));
    // The whole window and the same projections: a global row is then an ordinary one.
    const x = randomNormal(1, [1, 2, 8]) as Tensor3D;
    expect(layer.call(x, { globals: [[0, 1]] }).dataSync()).toEqual(layer.call(x).dataSync());
    for (const each of Object.values(parameters)) each.dispose();
    expect(() => initialiseGlobalFromLocal({})).toThrow("parameters must hold mechanism.global.*");
  });

  it("leaves no tensor behind, with and without global tokens", () => {
    const site = siteOf();
    const mechanism = longformer({ before: 2, after: 2, global: true }).build(site);
    const before = memory().numTensors;
    attend(mechanism, site, 9).dispose();
    attend(mechanism, site, 9, [[0, 4]]).dispose();
    expect(memory().numTensors).toBe(before);
    for (const each of Object.values(mechanism.parameters)) each.dispose();
  });

  it("refuses what it cannot do with one sentence", () => {
    const site = siteOf();
    expect(() => longformer.parse({ before: -1, after: 0 })).toThrow(
      "longformer attention: before must be a whole number, 0 or more, got -1",
    );
    expect(() => longformer.parse({ before: 1, after: 1, dilatoin: 2 })).toThrow(
      '(did you mean "dilation"?), got "dilatoin"',
    );
    expect(() => longformer({ before: 1, after: 1, dilation: [1, 2, 3] }).build(site)).toThrow(
      "longformer attention: dilation must have one number for each of 2 heads, got [1,2,3]",
    );
    expect(() => longformer({ before: 1, after: 1, global: true }).build(siteWithoutWidth())).toThrow(
      "dModel, at the site, got undefined",
    );
    expect(() => longformer.parse({ before: 1, after: 1, globalTokens: -1 })).toThrow(
      "longformer attention: globalTokens must be a whole number, 0 or more, got -1",
    );
    const global = longformer({ before: 1, after: 1, global: true }).build(site);
    expect(() => attend(global, site, 5, [[5]])).toThrow("a global position must be one of the 5 keys, got 5");
    expect(() => attend(global, site, 5, [[-1]])).toThrow("a global position must be one of the 5 keys, got -1");
    expect(() => attend(global, site, 5, [[0], [1]])).toThrow("one list for each of the 1 batch rows, got 2");
    for (const each of Object.values(global.parameters)) each.dispose();
    const local = longformer({ before: 1, after: 1 }).build(site);
    expect(() => attend(local, site, 5, [[0]])).toThrow(
      "longformer attention: global tokens need the option global: true, got [[0]]",
    );
  });
});

function siteWithoutWidth(): Site {
  const { dModel: _width, ...site } = siteOf();
  return site;
}
