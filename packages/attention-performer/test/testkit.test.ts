import { setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { performer } from "../src/index.ts";
import { oracleOf, type OracleOptions } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

const variants: [string, OracleOptions][] = [
  ["positive, orthogonal", { features: 16, map: "positive", orthogonal: true, epsilon: 1e-6, keySumEpsilon: 0 }],
  ["positive, independent", { features: 7, map: "positive", orthogonal: false, epsilon: 1e-6, keySumEpsilon: 0 }],
  ["hyperbolic", { features: 8, map: "hyperbolic", orthogonal: true, epsilon: 1e-6, keySumEpsilon: 0 }],
  [
    "positive, performer-pytorch's epsilons",
    { features: 16, map: "positive", orthogonal: true, epsilon: 1e-4, keySumEpsilon: 1e-6 },
  ],
  ["relu", { features: 16, map: "relu", orthogonal: true, epsilon: 1e-3, keySumEpsilon: 0 }],
  ["trigonometric", { features: 32, map: "trigonometric", orthogonal: true, epsilon: 0, keySumEpsilon: 0 }],
];

describe("performer passes the testkit", () => {
  it.each(variants)("%s", async (_name, options) => {
    const findings = await testAttention(performer(options), { oracle: oracleOf(options) });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(40);
  });
});
