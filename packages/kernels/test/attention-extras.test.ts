/** What comes on top of plain attention: masks of sparse rules, scores by clipped offset, dropped weights; random shapes of all at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttentionGradientCall, counted, type Engine, type Predicate } from "../src/index.ts";
import { attentionReference, bruteForceTiles, type Rule } from "./attention-reference.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

interface Case {
  readonly batch: number;
  readonly heads: number;
  readonly group: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
  readonly causal: boolean;
  readonly queryOffset: number;
  readonly window?: { readonly before: number; readonly after: number; readonly dilation: number } | undefined;
  readonly globals: readonly number[];
  readonly rule?: "blocks" | "strided" | "scattered" | undefined;
  readonly padding: boolean;
  readonly bias: boolean;
  readonly clip?: number | undefined;
  readonly sums: boolean;
  readonly rate?: number | undefined;
}

const rules: Record<NonNullable<Case["rule"]>, Rule> = {
  blocks: (head, query, key) => (Math.floor(query / 40) * 5 + Math.floor(key / 40) * 3 + head) % 4 === 0,
  strided: (head, query, key) => (query - key + 700) % 37 === head || Math.abs(query - key) < 9,
  scattered: (head, query, key) => Math.imul(query * 31 + key * 17 + head, 0x9e3779b1) >>> 0 < 2 ** 29,
};

const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 40, max: 260 }));
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const cases: fc.Arbitrary<Case> = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  heads: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 2 }),
  queries: size,
  keys: size,
  headDim: fc.constantFrom(4, 13, 32),
  valueDim: fc.constantFrom(4, 7, 16),
  causal: fc.boolean(),
  queryOffset: fc.constantFrom(0, 0, 17, -30, 130),
  window: optional(fc.record({ before: fc.nat(70), after: fc.nat(30), dilation: fc.integer({ min: 1, max: 3 }) })),
  globals: fc.uniqueArray(fc.nat(30), { maxLength: 2 }),
  rule: optional(fc.constantFrom("blocks", "strided", "scattered")),
  padding: fc.boolean(),
  bias: fc.boolean(),
  clip: optional(fc.constantFrom(0, 1, 5, 16, 60, 400)),
  sums: fc.boolean(),
  rate: optional(fc.constantFrom(0.1, 0.5, 0.9)),
});

function callOf(c: Case): { call: AttentionGradientCall; rule: Rule | undefined } {
  const { batch, keys, queries, headDim, valueDim, causal, queryOffset } = c;
  const heads = c.heads * c.group;
  const shape = { batch, heads, keyValueHeads: c.heads, queries, keys, headDim, valueDim };
  const globalKeys = new Uint8Array(batch * keys);
  for (const key of c.globals) if (key < keys) globalKeys[key] = 1;
  const rule = c.rule === undefined ? undefined : rules[c.rule];
  // A pattern has a window or a rule, never both.
  const windowed = rule === undefined && c.window !== undefined;
  const dilation = new Int32Array(heads).fill(c.window?.dilation ?? 1);
  const window = { before: c.window?.before ?? 0, after: c.window?.after ?? 0, dilation };
  const predicate: Predicate = { causal, queryOffset, ...(windowed && { window, globalKeys }) };
  const rows = batch * heads * queries;
  const table = rows * (2 * (c.clip ?? 0) + 1);
  const call = {
    ...shape,
    predicate,
    scale: 1 / Math.sqrt(headDim),
    q: randomArray(1, rows * headDim),
    k: randomArray(2, batch * c.heads * keys * headDim),
    v: randomArray(3, batch * c.heads * keys * valueDim),
    dOut: randomArray(4, rows * valueDim),
    out: unwritten(rows * valueDim),
    logSumExp: unwritten(rows),
    dq: unwritten(rows * headDim),
    dk: unwritten(batch * c.heads * keys * headDim),
    dv: unwritten(batch * c.heads * keys * valueDim),
    ...((windowed || rule !== undefined) && {
      tiles: bruteForceTiles(predicate, shape, 48, 64, false, rule),
      transposedTiles: bruteForceTiles(predicate, shape, 48, 64, true, rule),
    }),
    ...(c.padding && { keyPadding: Float32Array.from({ length: batch * keys }, (_, i) => (i % 5 === 3 ? 0 : 1)) }),
    ...(c.bias && {
      bias: randomArray(5, heads * (queries + keys - 1)),
      dBias: unwritten(heads * (queries + keys - 1)),
    }),
    ...(c.clip !== undefined && {
      offsets: {
        clip: c.clip,
        scores: randomArray(6, table),
        dScores: unwritten(table),
        ...(c.sums && { sums: unwritten(table), dSums: randomArray(7, table) }),
      },
    }),
    ...(c.rate !== undefined && {
      dropout: { rate: c.rate, key: [4_000_000_001, 7] as const, counter: [3, 2 ** 32 - 1] as const },
    }),
  };
  return { call, rule };
}

/** The arrays that a call writes, by name. */
function written(call: AttentionGradientCall): [string, Float32Array][] {
  const { out, logSumExp, dq, dk, dv, dBias, offsets } = call;
  const all = { out, logSumExp, dq, dk, dv, dBias, sums: offsets?.sums, dScores: offsets?.dScores };
  return Object.entries(all).filter((entry): entry is [string, Float32Array] => entry[1] !== undefined);
}

function runOn(engine: Engine, call: AttentionGradientCall): void {
  for (const [, array] of written(call)) array.fill(Number.NaN);
  engine.attention(call);
  engine.attentionGradient(call);
}

const whole: Case = {
  batch: 2,
  heads: 1,
  group: 2,
  queries: 230,
  keys: 230,
  headDim: 16,
  valueDim: 16,
  causal: true,
  queryOffset: 0,
  globals: [],
  padding: false,
  bias: false,
  sums: true,
};

describe.each(engines)("attention with masks, offsets and dropout on $label", ({ load }) => {
  it("equals float64 for random shapes, forward and backward", async () => {
    const engine = await load();
    fc.assert(
      fc.property(cases, (c) => {
        const { call, rule } = callOf(c);
        runOn(engine, call);
        const wanted = attentionReference(call, rule) as unknown as Record<string, Float64Array>;
        for (const [name, array] of written(call)) {
          // Gradients that cancel to 0 are sums of terms of size 1.
          // What a high drop rate leaves is multiplied, and its rounding with it.
          const bound = call.dropout === undefined ? 2e-5 : 5e-5;
          expect(relativeError(array, wanted[name] ?? [], 1), name).toBeLessThan(bound);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same bits for 1, 2 and 4 threads", async () => {
    const { call } = callOf({ ...whole, keys: 700, rule: "strided", clip: 16, rate: 0.2 });
    runOn(await load(1), call);
    const one = written(call).map(([, array]) => array.slice());
    for (const threads of [2, 4]) {
      runOn(await load(threads), call);
      for (const [i, [name, array]] of written(call).entries()) expect(sameBits(array, one[i]!), name).toBe(true);
    }
  });

  it("drops other weights at another step, and keeps all at rate 0", async () => {
    const engine = await load();
    const { call } = callOf({ ...whole, rate: 0.5 });
    const outOf = (dropout: Partial<AttentionGradientCall["dropout"]>): Float32Array => {
      engine.attention({ ...call, dropout: { ...call.dropout!, ...dropout } });
      return call.out.slice();
    };
    const first = outOf({});
    expect(outOf({})).toEqual(first);
    expect(outOf({ counter: [4, 0] })).not.toEqual(first);
    const { dropout: _, ...plain } = call;
    engine.attention(plain);
    const kept = call.out.slice();
    expect(outOf({ rate: 0 })).toEqual(kept);
  });

  it("counts no rows that a mask hides from the whole tile, and skips what is not listed", async () => {
    const engine = counted(await load());
    const shape = { ...whole, batch: 1, group: 1, queries: 480, keys: 640, causal: false };
    const { call } = callOf({ ...shape, rule: "blocks" });
    // Every fourth block of 40 keys is seen: with trimming to multiples of 8 rows, no more than 48 keys of each tile.
    engine.attention(call);
    const [forward, tiles] = [engine.multiplyAdds, engine.tiles];
    expect(tiles).toBe(call.tiles?.tile.length);
    const { tiles: _, transposedTiles: __, ...dense } = call;
    engine.reset();
    engine.attention(dense);
    expect(engine.tiles).toBe(10 * 10);
    expect(forward).toBeLessThan(engine.multiplyAdds * (tiles / 100) * 0.9);
    expect(forward).toBeGreaterThanOrEqual(engine.multiplyAdds / 4);
  });

  const wrong: [string, (call: AttentionGradientCall) => Partial<AttentionGradientCall>, string][] = [
    [
      "a mask that the pool lacks",
      ({ tiles }) => ({ tiles: { ...tiles!, mask: tiles!.mask!.map(() => 10_000) } }),
      "tiles.mask must be -1 or below the",
    ],
    ["too few masks", ({ tiles }) => ({ tiles: { ...tiles!, mask: new Int32Array(1) } }), "tiles.mask must hold"],
    [
      "a short table",
      () => ({ offsets: { clip: 2, scores: new Float32Array(5), dScores: new Float32Array(5) } }),
      "offsets.scores must hold 4600 numbers, got 5",
    ],
    [
      "a negative clip",
      () => ({ offsets: { clip: -1, scores: new Float32Array(5), dScores: new Float32Array(5) } }),
      "offsets.clip must be a whole number below 2^31, got -1",
    ],
    [
      "a rate of 1",
      () => ({ dropout: { rate: 1, key: [0, 0], counter: [0, 0] } }),
      "dropout.rate must be at least 0 and below 1, got 1",
    ],
    [
      "a key of one word",
      () => ({ dropout: { rate: 0.5, key: [1] as unknown as [number, number], counter: [0, 0] } }),
      "dropout.key must be two whole numbers, got [1]",
    ],
  ];
  it.each(wrong)("refuses %s", async (_label, change, sentence) => {
    const engine = await load();
    const { call } = callOf({ ...whole, rule: "strided" });
    expect(() => engine.attention({ ...call, ...change(call) })).toThrow(`${engine.name} attention: ${sentence}`);
  });
});
