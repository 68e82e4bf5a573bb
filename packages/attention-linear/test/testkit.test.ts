import { setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, expect, test } from "vitest";
import { efficient, linear } from "../src/index.ts";
import { efficientOracle, oracleOf } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

test.each([
  ["the default epsilon", {}, 1e-6],
  ["epsilon 0", { epsilon: 0 }, 0],
  ["a large epsilon", { epsilon: 0.5 }, 0.5],
])("linear passes the testkit with %s", async (_name, options, epsilon) => {
  const findings = await testAttention(linear(options), { oracle: oracleOf({ epsilon }) });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.length).toBeGreaterThan(40);
});

test("efficient passes the testkit", async () => {
  const findings = await testAttention(efficient({}), { oracle: efficientOracle });
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.length).toBeGreaterThan(25);
});
