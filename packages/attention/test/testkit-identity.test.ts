import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { identity } from "@attention-lab/attention";
import { testAttention } from "@attention-lab/attention/testkit";

beforeAll(async () => void (await setBackend("cpu")));

test("identity passes the testkit and the testkit leaves no tensor", async () => {
  const before = memory().numTensors;
  const findings = await testAttention(identity({}));
  expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  expect(findings.length).toBeGreaterThan(40);
  expect(memory().numTensors).toBe(before);
});
