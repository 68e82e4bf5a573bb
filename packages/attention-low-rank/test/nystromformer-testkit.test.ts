import { memory, setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { nystromformer, type NystromformerOptions } from "../src/index.ts";
import { nystromformerOracle } from "./nystromformer-oracle.ts";

beforeAll(() => setBackend("cpu"));

const variants: [string, NystromformerOptions][] = [
  ["4 landmarks", { landmarks: 4 }],
  ["3 landmarks, convolution of 5", { landmarks: 3, convolution: 5 }],
  ["more landmarks than positions, 2 iterations", { landmarks: 30, iterations: 2 }],
  ["1 landmark", { landmarks: 1 }],
];

describe("nystromformer passes the testkit", () => {
  it.each(variants)("%s", async (_, options) => {
    const before = memory().numTensors;
    const findings = await testAttention(nystromformer(options), { oracle: nystromformerOracle(options), width: 4 });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(25);
    expect(memory().numTensors).toBe(before);
  });
});

// What other packages do to padding and batches is what the testkit's padding checks forbid: here only the formula is checked.
const deviations: [string, NystromformerOptions][] = [
  ["per-batch initialisation", { landmarks: 4, initialisation: "per-batch" }],
  ["padding by position", { landmarks: 3, convolution: 3, padding: "by-position", initialisation: "per-batch" }],
  ["padding in the third kernel alone", { landmarks: 3, convolution: 3, padding: "third-kernel" }],
];

describe("nystromformer with another package's conventions equals its oracle", () => {
  it.each(deviations)("%s", async (_, options) => {
    const only = /^outputs|^gradients|equals the oracle|^weights/;
    const findings = await testAttention(nystromformer(options), { only, oracle: nystromformerOracle(options) });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.filter(({ check }) => /padding/.test(check)).length).toBeGreaterThan(1);
  });
});
