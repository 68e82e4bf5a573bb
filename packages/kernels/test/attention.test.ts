import { describe, expect, it } from "vitest";
import type { AttentionGradientCall, Engine, Predicate } from "../src/index.ts";
import { attentionReference, bruteForceTiles, type Shape } from "./attention-reference.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

interface Case {
  readonly label: string;
  readonly shape?: Partial<Shape>;
  readonly causal?: boolean;
  readonly queryOffset?: number;
  readonly window?: { before: number; after: number; dilation?: number[] };
  readonly globals?: readonly number[];
  /** Padding keys: all from this one on in batch entry 0, and the first in the others. */
  readonly paddedFrom?: number;
  readonly bias?: boolean;
  readonly tiles?: boolean;
}

const lengths = [1, 7, 63, 65, 300];
const cases: Case[] = [
  ...lengths.flatMap((n) => [
    { label: `n=${n}`, shape: { queries: n, keys: n } },
    { label: `n=${n} causal`, shape: { queries: n, keys: n }, causal: true },
    {
      label: `n=${n} causal window`,
      shape: { queries: n, keys: n },
      causal: true,
      window: { before: 20, after: 0 },
      tiles: true,
    },
    { label: `n=${n} bias, padding`, shape: { queries: n, keys: n }, bias: true, paddedFrom: Math.ceil(n / 2) },
  ]),
  ...[5, 32, 40, 128].map((D) => ({
    label: `D=${D}`,
    shape: { headDim: D, valueDim: D, queries: 70, keys: 70 },
    causal: true,
  })),
  { label: "values of another width", shape: { headDim: 24, valueDim: 13, queries: 90, keys: 90 }, bias: true },
  { label: "cross, more keys", shape: { queries: 77, keys: 130 }, bias: true },
  { label: "cross, more queries", shape: { queries: 130, keys: 77 }, paddedFrom: 60 },
  { label: "causal with a cache", shape: { queries: 77, keys: 130 }, causal: true, queryOffset: 53, tiles: true },
  { label: "one query after a cache", shape: { queries: 1, keys: 300 }, causal: true, queryOffset: 299 },
  {
    label: "few queries",
    shape: { heads: 4, keyValueHeads: 2, queries: 3, keys: 150, valueDim: 112 },
    bias: true,
    paddedFrom: 90,
  },
  { label: "few queries, causal", shape: { queries: 8, keys: 131 }, causal: true, queryOffset: 60, bias: true },
  {
    label: "few queries, dilated, global",
    shape: { queries: 5, keys: 330 },
    causal: true,
    queryOffset: 325,
    window: { before: 9, after: 0, dilation: [1, 5] },
    globals: [2, 329],
    tiles: true,
  },
  { label: "few queries that see nothing", shape: { queries: 2, keys: 70 }, causal: true, queryOffset: -2 },
  { label: "queries before every key", shape: { queries: 130, keys: 77 }, causal: true, queryOffset: -53 },
  { label: "dilated window", window: { before: 9, after: 6, dilation: [1, 5] }, tiles: true },
  { label: "dilated window without lists", window: { before: 9, after: 6, dilation: [3, 2] } },
  { label: "dilated window, queries before keys", window: { before: 3, after: 3, dilation: [3, 2] }, queryOffset: -31 },
  { label: "window and global keys", window: { before: 8, after: 8 }, globals: [0, 17, 150], tiles: true },
  {
    label: "causal, dilated, global",
    causal: true,
    window: { before: 4, after: 4, dilation: [7, 3] },
    globals: [2, 90],
    tiles: true,
  },
  { label: "a window of two", window: { before: 1, after: 0 }, tiles: true, bias: true },
  { label: "an endless window", window: { before: Number.POSITIVE_INFINITY, after: 2 } },
  { label: "grouped queries", shape: { heads: 6, keyValueHeads: 2, queries: 100, keys: 100 }, causal: true },
  {
    label: "one key head",
    shape: { heads: 4, keyValueHeads: 1, queries: 65, keys: 300 },
    window: { before: 30, after: 30 },
    tiles: true,
    bias: true,
  },
  { label: "everything is padding", shape: { queries: 50, keys: 50 }, paddedFrom: 0 },
  {
    label: "several chunks of keys",
    shape: { batch: 1, heads: 1, keyValueHeads: 1, queries: 60, keys: 900 },
    bias: true,
  },
];

function makeCall(c: Case): AttentionGradientCall {
  const shape = {
    batch: 2,
    heads: 2,
    keyValueHeads: c.shape?.heads ?? 2,
    queries: 200,
    keys: 200,
    headDim: 64,
    valueDim: 64,
    ...c.shape,
  };
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim } = shape;
  const globalKeys = new Uint8Array(batch * keys);
  for (const key of c.globals ?? []) if (key < keys) globalKeys[key] = 1;
  const dilation = Int32Array.from({ length: heads }, (_, h) => c.window?.dilation?.[h] ?? 1);
  const predicate: Predicate = {
    causal: c.causal ?? false,
    queryOffset: c.queryOffset ?? 0,
    ...(c.window === undefined ? {} : { window: { before: c.window.before, after: c.window.after, dilation } }),
    ...(c.globals === undefined ? {} : { globalKeys }),
  };
  const keyPadding = new Float32Array(batch * keys).fill(1);
  if (c.paddedFrom !== undefined) {
    keyPadding.fill(0, c.paddedFrom, keys);
    for (let b = 1; b < batch; b++) keyPadding[b * keys] = 0;
  }
  const withLists = c.tiles === true && {
    tiles: bruteForceTiles(predicate, shape, 48, 64, false),
    transposedTiles: bruteForceTiles(predicate, shape, 48, 64, true),
  };
  return {
    ...shape,
    predicate,
    scale: 1 / Math.sqrt(headDim),
    q: randomArray(1, batch * heads * queries * headDim),
    k: randomArray(2, batch * keyValueHeads * keys * headDim),
    v: randomArray(3, batch * keyValueHeads * keys * valueDim),
    dOut: randomArray(4, batch * heads * queries * valueDim),
    out: unwritten(batch * heads * queries * valueDim),
    logSumExp: unwritten(batch * heads * queries),
    dq: unwritten(batch * heads * queries * headDim),
    dk: unwritten(batch * keyValueHeads * keys * headDim),
    dv: unwritten(batch * keyValueHeads * keys * valueDim),
    ...withLists,
    ...(c.paddedFrom === undefined ? {} : { keyPadding }),
    ...(c.bias === true
      ? { bias: randomArray(5, heads * (queries + keys - 1)), dBias: unwritten(heads * (queries + keys - 1)) }
      : {}),
  };
}

const outputs = ["out", "logSumExp", "dq", "dk", "dv", "dBias"] as const;

/** The float64 answer of each case, found once for all engines. */
const answers = new Map<Case, ReturnType<typeof attentionReference>>();
function answerOf(c: Case): ReturnType<typeof attentionReference> {
  const answer = answers.get(c) ?? attentionReference(makeCall(c));
  answers.set(c, answer);
  return answer;
}

/** Runs forward and backward into arrays of its own. */
function runOn(engine: Engine, call: AttentionGradientCall) {
  const fresh = { ...call };
  for (const name of outputs)
    if (call[name] !== undefined) Object.assign(fresh, { [name]: unwritten(call[name].length) });
  engine.attention(fresh);
  engine.attentionGradient(fresh);
  return fresh;
}

describe.each(engines)("attention on $label", ({ load }) => {
  it.each(cases)("$label: forward and gradients equal float64", async (c) => {
    const call = makeCall(c);
    const got = runOn(await load(), call);
    const wanted = answerOf(c);
    for (const name of outputs) {
      if (call[name] === undefined) continue;
      expect(relativeError(got[name] ?? [], wanted[name]), name).toBeLessThan(1e-5);
    }
  });

  it("gives the same bits for 1, 2 and 4 threads", async () => {
    const picked = cases.filter(({ label }) =>
      ["n=300", "n=300 causal", "grouped queries", "few queries", "several chunks of keys"].includes(label),
    );
    expect(picked).toHaveLength(5);
    for (const c of picked) {
      const call = makeCall(c);
      const one = runOn(await load(1), call);
      for (const threads of [2, 4]) {
        const many = runOn(await load(threads), call);
        for (const name of outputs)
          if (call[name] !== undefined) expect(sameBits(many[name]!, one[name]!), name).toBe(true);
      }
    }
  });

  it("keeps a NaN in its own query row", async () => {
    const call = makeCall({ label: "NaN", shape: { batch: 1, heads: 1, keyValueHeads: 1, queries: 100, keys: 100 } });
    call.q[64 * 50 + 3] = Number.NaN;
    (await load()).attention(call);
    expect(call.out[64 * 50]).toBeNaN();
    const rest = call.out.filter((_, i) => Math.floor(i / 64) !== 50);
    expect(rest.every(Number.isFinite)).toBe(true);
  });

  it("computes nothing for tiles which are not listed", async () => {
    const c = {
      label: "poison",
      shape: { batch: 1, heads: 1, keyValueHeads: 1 },
      window: { before: 3, after: 3 },
      tiles: true,
    };
    const clean = makeCall(c);
    const poisoned = makeCall(c);
    // The last keys are listed for the last query panel only: what they hold can't matter to the first.
    poisoned.k.fill(Number.NaN, 64 * 128);
    const engine = await load();
    engine.attention(clean);
    engine.attention(poisoned);
    expect(poisoned.out.slice(0, 64 * 48)).toEqual(clean.out.slice(0, 64 * 48));
    expect(poisoned.out.at(-1)).toBeNaN();
  });
});
