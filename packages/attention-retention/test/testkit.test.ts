import { setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, expect, test } from "vitest";
import { retention, type RetentionVariantOptions } from "../src/index.ts";
import { oracleOf } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

const variants: [string, RetentionVariantOptions][] = [
  ["one chunk", {}],
  ["chunks of 4", { chunk: 4 }],
  ["chunks of 1", { chunk: 1 }],
  ["the parallel form", { form: "parallel" }],
];

test.each(variants)("retention passes the testkit: %s", async (_name, options) => {
  const findings = await testAttention(retention(options), { oracle: oracleOf(), width: 4 });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.length).toBeGreaterThan(40);
});
