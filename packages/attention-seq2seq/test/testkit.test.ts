import { memory, setBackend } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { bahdanau, luong, type LuongOptions } from "@attention-lab/attention-seq2seq";
import { type Oracle, testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { bahdanauOracle, luongOracle } from "./oracle.ts";

beforeAll(async () => void (await setBackend("cpu")));

const scores: LuongOptions[] = [
  { score: "dot" },
  { score: "dot", learnedScale: true },
  { score: "general" },
  { score: "concat" },
  { score: "concat", units: 6 },
];
const variants: [string, Attention, Oracle][] = [
  ["bahdanau", bahdanau({ units: 5 }), bahdanauOracle],
  ["bahdanau with a bias", bahdanau({ units: 3, bias: true }), bahdanauOracle],
  ...scores.map((options): [string, Attention, Oracle] => [
    `luong ${JSON.stringify(options)}`,
    luong(options),
    luongOracle(options),
  ]),
];

describe("the attentions of sequence-to-sequence models pass the testkit", () => {
  test.each(variants)("%s", async (_, attention, oracle) => {
    const before = memory().numTensors;
    const findings = await testAttention(attention, { oracle });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(40);
    expect(memory().numTensors).toBe(before);
  });

  test.each(variants)("%s, one head", async (_, attention, oracle) => {
    const findings = await testAttention(attention, { oracle, site: { heads: 1 }, only: /^outputs|^gradients/ });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  });
});
