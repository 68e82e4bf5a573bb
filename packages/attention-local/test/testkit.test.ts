import { setBackend } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { blockLocal, local } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const variants: [string, Attention, number][] = [
  ["a symmetric window", local({ before: 3, after: 3 }), 3],
  ["a one-sided window", local({ before: 4, after: 0 }), 4],
  ["a window of what follows", local({ before: 0, after: 2 }), 2],
  ["the own token alone", local({ before: 0, after: 0 }), 1],
  ["a window wider than any sequence", local({ before: 100, after: 100 }), 4],
  ["dilation by head", local({ before: 2, after: 2, dilation: 3 }), 6],
  ["blocks and their neighbours", blockLocal({ block: 4, lookBackward: 1, lookForward: 1 }), 4],
  ["blocks that look two back", blockLocal({ block: 3, lookBackward: 2, lookForward: 0 }), 3],
  ["blocks alone", blockLocal({ block: 5, lookBackward: 0, lookForward: 0 }), 5],
  ["blocks of one", blockLocal({ block: 1, lookBackward: 2, lookForward: 1 }), 2],
  ["a block longer than any sequence", blockLocal({ block: 100, lookBackward: 0, lookForward: 0 }), 4],
];

describe("local attention passes the testkit", () => {
  it.each(variants)("%s", async (_name, attention, width) => {
    const findings = await testAttention(attention, { width });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(40);
  });
});
