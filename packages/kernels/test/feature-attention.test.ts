import { describe, expect, it } from "vitest";
import type { Engine, FeatureAttentionGradientCall } from "../src/index.ts";
import { engines, randomArray, relativeError, sameBits, unwritten } from "./engines.ts";

interface Case {
  readonly label: string;
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly queries: number;
  readonly keys: number;
  readonly features: number;
  readonly valueDim: number;
  readonly epsilon?: number;
}
const cases: Case[] = [
  // One key alone gives its value whatever the query is: only a large epsilon leaves the gradient something to be.
  { label: "n=1", queries: 1, keys: 1, features: 32, valueDim: 16, epsilon: 5 },
  ...[7, 48, 49, 300].map((n) => ({ label: `n=${n}`, queries: n, keys: n, features: 32, valueDim: 16 })),
  { label: "ragged widths", queries: 100, keys: 100, features: 37, valueDim: 13 },
  { label: "several segments", queries: 1000, keys: 1000, features: 16, valueDim: 8 },
  { label: "more keys", queries: 130, keys: 777, features: 16, valueDim: 8 },
  { label: "more queries", queries: 777, keys: 130, features: 16, valueDim: 8 },
  { label: "grouped heads", heads: 6, keyValueHeads: 2, queries: 450, keys: 450, features: 24, valueDim: 8 },
];
const outputs = ["out", "denominator", "dqf", "dkf", "dv"] as const;

function makeCall(c: Case, causal: boolean): FeatureAttentionGradientCall {
  const { heads = 2, keyValueHeads = 2, queries, keys, features, valueDim, epsilon = 1e-3 } = c;
  const batch = heads === 2 ? 1 : 2;
  const positive = (seed: number, length: number) => randomArray(seed, length).map((x) => Math.abs(x) + 0.01);
  return {
    batch,
    heads,
    keyValueHeads,
    queries,
    keys,
    features,
    valueDim,
    causal,
    epsilon,
    qf: positive(1, batch * heads * queries * features),
    kf: positive(2, batch * keyValueHeads * keys * features),
    v: randomArray(3, batch * keyValueHeads * keys * valueDim),
    dOut: randomArray(4, batch * heads * queries * valueDim),
    out: unwritten(batch * heads * queries * valueDim),
    denominator: unwritten(batch * heads * queries),
    dqf: unwritten(batch * heads * queries * features),
    dkf: unwritten(batch * keyValueHeads * keys * features),
    dv: unwritten(batch * keyValueHeads * keys * valueDim),
  };
}

/** Pair by pair in float64: out = sum of (qf . kf) v / (sum of (qf . kf) + epsilon), and its gradients. */
function reference(c: FeatureAttentionGradientCall) {
  const { batch, heads, keyValueHeads, queries, keys, features: F, valueDim: E, causal, epsilon, qf, kf, v, dOut } = c;
  const [out, denominator] = [new Float64Array(c.out.length), new Float64Array(c.denominator.length)];
  const [dqf, dkf, dv] = [new Float64Array(qf.length), new Float64Array(kf.length), new Float64Array(v.length)];
  for (let bh = 0; bh < batch * heads; bh++) {
    const kh = Math.floor(bh / heads) * keyValueHeads + Math.floor(((bh % heads) * keyValueHeads) / heads);
    for (let i = 0; i < queries; i++) {
      const row = bh * queries + i;
      const end = causal ? Math.min(keys, i + 1) : keys;
      const weights = new Float64Array(end);
      let total = epsilon;
      for (let j = 0; j < end; j++) {
        for (let f = 0; f < F; f++) weights[j]! += qf[row * F + f]! * kf[(kh * keys + j) * F + f]!;
        total += weights[j]!;
        for (let e = 0; e < E; e++) out[row * E + e]! += weights[j]! * v[(kh * keys + j) * E + e]!;
      }
      denominator[row] = total;
      let dTotal = 0;
      for (let e = 0; e < E; e++) {
        out[row * E + e]! /= total;
        dTotal -= (dOut[row * E + e]! * out[row * E + e]!) / total;
      }
      for (let j = 0; j < end; j++) {
        const key = kh * keys + j;
        let dWeight = dTotal;
        for (let e = 0; e < E; e++) {
          const g = dOut[row * E + e]! / total;
          dWeight += g * v[key * E + e]!;
          dv[key * E + e]! += weights[j]! * g;
        }
        for (let f = 0; f < F; f++) {
          dqf[row * F + f]! += dWeight * kf[key * F + f]!;
          dkf[key * F + f]! += dWeight * qf[row * F + f]!;
        }
      }
    }
  }
  return { out, denominator, dqf, dkf, dv };
}
const answers = new Map<string, ReturnType<typeof reference>>();

function runOn(engine: Engine, c: Case, causal: boolean): FeatureAttentionGradientCall {
  const call = makeCall(c, causal);
  engine.featureAttention(call);
  engine.featureAttentionGradient(call);
  return call;
}

describe.each(engines)("feature attention on $label", ({ load }) => {
  describe.each([true, false])("causal %s", (causal) => {
    it.each(cases)("$label: forward and gradients equal float64", async (c) => {
      const got = runOn(await load(), c, causal);
      const key = `${c.label} ${causal}`;
      const wanted = answers.get(key) ?? reference(got);
      answers.set(key, wanted);
      for (const name of outputs) expect(relativeError(got[name], wanted[name]), name).toBeLessThan(1e-5);
    });

    it("gives the same bits for 1, 2 and 4 threads", async () => {
      const c = { label: "", queries: 900, keys: 900, features: 64, valueDim: 32 };
      const one = runOn(await load(1), c, causal);
      for (const threads of [2, 4]) {
        const many = runOn(await load(threads), c, causal);
        for (const name of outputs) expect(sameBits(many[name], one[name]), name).toBe(true);
      }
    });
  });

  it("shows a causal query no later key, and every earlier one", async () => {
    const c = { label: "", queries: 200, keys: 200, features: 16, valueDim: 8 };
    const engine = await load();
    const before = runOn(engine, c, true);
    const changed = makeCall(c, true);
    changed.v.fill(9, 8 * 120, 8 * 121);
    engine.featureAttention(changed);
    expect(changed.out.slice(0, 8 * 120)).toEqual(before.out.slice(0, 8 * 120));
    for (let i = 120; i < 200; i++) expect(changed.out[8 * i]).not.toBe(before.out[8 * i]);
  });
});
