import { setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { longformer, type LongformerOptions } from "../src/index.ts";
import { oracleOf } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

const variants: [string, LongformerOptions][] = [
  ["window", { before: 3, after: 2 }],
  ["only the own token", { before: 0, after: 0 }],
  ["dilated", { before: 2, after: 2, dilation: 3 }],
  ["global tokens", { before: 2, after: 2, global: true }],
];

describe("longformer passes the testkit", () => {
  it.each(variants)("%s", async (_name, options) => {
    const globals = options.global === true ? { globals: [[0, 9], [5]] } : {};
    const attention = longformer(options);
    const findings = await testAttention(attention, { width: 2, oracle: oracleOf(attention), ...globals });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(40);
  });
});
