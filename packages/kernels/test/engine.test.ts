import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type AttentionCall,
  counted,
  describeEngines,
  type Engine,
  loadEngine,
  measureMachinePeak,
  measurePeak,
} from "../src/index.ts";
import { operations } from "../src/operations.ts";
import { bruteForceTiles, sees } from "./attention-reference.ts";
import { engines, randomArray, unwritten } from "./engines.ts";

const shape = { batch: 1, heads: 2, keyValueHeads: 2, queries: 300, keys: 300, headDim: 32, valueDim: 16 };
const window = { before: 20, after: 20, dilation: Int32Array.of(1, 1) };
const predicate = { causal: false, queryOffset: 0, window };

function attentionCall(): AttentionCall {
  const [q, k, v] = [32, 32, 16].map((width, i) => randomArray(i, 600 * width)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const tiles = bruteForceTiles(predicate, shape, 48, 64, false);
  return { ...shape, predicate, scale: 1, q, k, v, tiles, out: unwritten(600 * 16), logSumExp: unwritten(600) };
}

function visiblePairs({ predicate: of, heads, queries, keys }: AttentionCall): number {
  let pairs = 0;
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < queries; i++) for (let j = 0; j < keys; j++) pairs += sees(of, keys, 0, h, i, j) ? 1 : 0;
  }
  return pairs;
}

it("the operations are numbered alike in C and TypeScript", () => {
  const header = readFileSync(new URL("../csrc/host.h", import.meta.url), "utf8");
  const inC = Array.from(header.matchAll(/^ {2}OP_([A-Z_]+),$/gm), ([, name = ""]) => name);
  expect(inC).toEqual(operations.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()));
});

it("wasm is always there, and every report is a sentence", async () => {
  const reports = await describeEngines();
  expect(reports.map(({ name }) => name)).toEqual(["native", "wasm"]);
  expect(reports.find(({ name }) => name === "wasm")?.available).toBe(true);
  for (const { why, threads } of reports) {
    expect(why).toMatch(/\w+ \w+/);
    expect(threads).toBeGreaterThan(0);
  }
});

it("bad options get one sentence", async () => {
  await expect(loadEngine("cuda" as "wasm")).rejects.toThrow("loadEngine: name must be native or wasm, got cuda");
  await expect(loadEngine("wasm", { threads: 0 })).rejects.toThrow(
    "loadEngine: threads must be a positive integer below 2^31, got 0",
  );
});

describe.each(engines)("engine $label", ({ load }) => {
  it("computes the same in allocated arrays as in plain ones", async () => {
    const engine = await load();
    const plain = attentionCall();
    engine.attention(plain);
    const moved: Record<string, unknown> = { ...plain };
    for (const name of ["q", "k", "v", "out", "logSumExp"] as const) {
      const array = engine.allocate(plain[name].length);
      expect(array).toHaveLength(plain[name].length);
      array.set(plain[name]);
      moved[name] = array;
    }
    const call = moved as unknown as AttentionCall;
    call.out.fill(Number.NaN);
    // Growth must not take arrays away that are in use.
    const large = engine.allocate(5_000_000);
    engine.attention(call);
    expect(Array.from(call.out)).toEqual(Array.from(plain.out));
    for (const array of [large, call.q, call.k, call.v, call.out, call.logSumExp]) engine.release(array);
  });

  it("counts the tiles and multiply-adds that run", async () => {
    const engine = counted(await load());
    const call = attentionCall();
    const tiles = call.tiles?.tile.length ?? 0;
    engine.attention(call);
    expect(engine.tiles).toBe(tiles);
    expect(tiles).toBeLessThan(2 * 7 * 5);
    // Tiles are 48 x 64 pairs; keys that no query of the tile sees are cut off, so at most 47 + 7 (the alignment) more run than are seen.
    const perPair = 32 + 16;
    const seen = visiblePairs(call);
    expect(engine.multiplyAdds).toBeGreaterThanOrEqual(seen * perPair);
    expect(engine.multiplyAdds).toBeLessThanOrEqual((seen + 2 * 300 * (47 + 7)) * perPair);
    expect(engine.multiplyAdds).toBeLessThan(tiles * 48 * 64 * perPair);
    engine.reset();
    const { tiles: _, ...dense } = call;
    engine.attention({ ...dense, predicate: { causal: false, queryOffset: 0 } });
    expect(engine.multiplyAdds).toBe(2 * 300 * 300 * (32 + 16));
    engine.reset();
    engine.gemm({ m: 200, n: 500, k: 300, a: unwritten(60_000), b: unwritten(150_000), c: unwritten(100_000) });
    expect(engine.multiplyAdds).toBe(200 * 500 * 300);
    expect(engine.tiles).toBe(0);
  });

  it("measures a peak", async () => {
    expect(measurePeak(await load(1))).toBeGreaterThan(0.1);
    expect(measureMachinePeak(await load(1))).toBeGreaterThan(0.1);
  });

  const wrong: [string, (engine: Engine) => void, string][] = [
    [
      "a short array",
      (e) => e.attention({ ...attentionCall(), q: new Float32Array(7) }),
      "attention: q must hold 19200 numbers, got 7",
    ],
    [
      "a size of 0",
      (e) => e.attention({ ...attentionCall(), queries: 0 }),
      "attention: queries must be a positive integer below 2^31, got 0",
    ],
    [
      "heads that don't divide",
      (e) => e.attention({ ...attentionCall(), heads: 3 }),
      "attention: heads must be a multiple of keyValueHeads (2), got 3",
    ],
    [
      "a tile out of range",
      (e) => {
        const call = attentionCall();
        call.tiles!.tile[3] = 99;
        e.attention(call);
      },
      "attention: tiles.tile must ascend below 5 within a row, got 99 in row 1",
    ],
    [
      "a short product",
      (e) => e.gemm({ m: 2, n: 2, k: 2, a: unwritten(4), b: unwritten(4), c: unwritten(3) }),
      "gemm: c must hold 4 numbers, got 3",
    ],
    [
      "an index out of range",
      (e) => e.gather(1, 2, 3, unwritten(6), Int32Array.of(3), unwritten(2)),
      "gather: indices must be below 3 and not negative, got 3",
    ],
    [
      "a negative index",
      (e) => e.scatterAdd(1, 2, 3, unwritten(2), Int32Array.of(-1), unwritten(6)),
      "scatterAdd: indices must be below 3 and not negative, got -1",
    ],
    [
      "a label out of range",
      (e) => e.crossEntropy(1, 2, unwritten(2), Int32Array.of(2), unwritten(1), unwritten(1)),
      "crossEntropy: labels must be below 2, got 2",
    ],
    [
      "a walk outside",
      (e) => e.permute([1, 1, 1, 3], [0, 0, 0, 2], 1, unwritten(4), 0, unwritten(3), 0, [0, 0, 0, 1]),
      "permute: x is read or written from 0 to 4, but holds 4 numbers",
    ],
    [
      "a rate of 1",
      (e) => e.dropout(1, [0, 0], [0, 0], unwritten(1), unwritten(1)),
      "dropout: rate must be at least 0 and below 1, got 1",
    ],
    [
      "an unknown operation",
      (e) => e.unary("cbrt" as "exp", unwritten(1), unwritten(1)),
      "unary: operation must be one of relu, exp",
    ],
  ];
  it.each(wrong)("refuses %s", async (_label, run, sentence) => {
    const engine = await load();
    expect(() => run(engine)).toThrow(`${engine.name} ${sentence}`);
  });
});
