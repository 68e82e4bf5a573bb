import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { full } from "@attention-lab/attention-full";
import { testAttention, type TestkitOptions } from "@attention-lab/attention/testkit";

beforeAll(async () => void (await setBackend("cpu")));

const sites: Record<string, NonNullable<TestkitOptions["site"]>> = {
  "multi-head": {},
  "single head": { heads: 1, keyValueHeads: 1 },
  "grouped-query": { heads: 4, keyValueHeads: 2 },
  "multi-query": { heads: 4, keyValueHeads: 1, valueDim: 4 },
};

describe.each(["fused", "composed"] as const)("full attention, %s", (implementation) => {
  test.each(Object.keys(sites))("%s passes the testkit", async (name) => {
    const before = memory().numTensors;
    const findings = await testAttention(full({ implementation }), { site: sites[name] ?? {} });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(50);
    expect(memory().numTensors).toBe(before);
  });
});
