import { setBackend } from "@tensorflow/tfjs-core";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { linformer, type LinformerOptions, sharedProjection } from "../src/index.ts";
import { oracle } from "./oracle.ts";

beforeAll(() => setBackend("cpu"));

const variants: LinformerOptions[] = [
  { rank: 3, sharing: "none" },
  { rank: 3, sharing: "headwise" },
  { rank: 5, sharing: "key-value" },
  { rank: 1, sharing: "layerwise", shared: sharedProjection() },
];

describe("linformer passes the testkit", () => {
  it.each(variants)("rank $rank, sharing $sharing", async (options) => {
    const findings = await testAttention(linformer(options), { oracle, width: options.rank });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(25);
  });
});
