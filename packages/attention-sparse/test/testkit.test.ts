import { setBackend } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { testAttention } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { bigbird, type BlockLayout, blockSparse, fixed, sparse, strided } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

/** A lower band and a column, another pattern in the second head where there are two. */
const layout = (heads: number): BlockLayout =>
  Array.from({ length: heads }, (_, head) =>
    Array.from({ length: 8 }, (_, row) =>
      Array.from({ length: 8 }, (_, column) => (column === head || Math.abs(row - column) <= head ? 1 : 0)),
    ),
  );

const variants: [string, Attention, number][] = [
  ["strided", strided({ stride: 4 }), 4],
  ["strided over blocks", strided({ stride: 2, block: 3 }), 6],
  ["strided, a factor per head", strided({ stride: 3, share: "split" }), 3],
  ["fixed", fixed({ stride: 4, summary: 1 }), 4],
  ["fixed, subblocks by head", fixed({ stride: 6, summary: 2, subblocks: 2 }), 6],
  ["fixed over blocks, a factor per head", fixed({ stride: 2, summary: 1, block: 2, share: "split" }), 4],
  ["BigBird", bigbird({ block: 2, random: 1 }), 2],
  ["BigBird without random blocks", bigbird({ block: 3, random: 0, globalBlocks: [1], lookForward: 0 }), 3],
  [
    "BigBird, random blocks alone",
    bigbird({ block: 2, random: 3, lookBackward: 0, lookForward: 0, globalBlocks: [] }),
    2,
  ],
  ["a layout for all heads", blockSparse({ block: 4, layout: layout(1) }), 4],
  ["a predicate", sparse({ visible: (query, key) => (query + key) % 3 !== 0 || query === key }), 3],
  [
    "a predicate by head",
    sparse({ visible: (query, key, head) => (query - key) % (head + 1) === 0, perHead: true }),
    4,
  ],
];

/** A layout reaches to maxLength and no further: its cost is asked there. */
const sizes = ({ name }: Attention) => (name === "blockSparse" ? { costLengths: [12, 24] } : {});

describe("sparse attention passes the testkit", () => {
  it.each(variants)("%s", async (_name, attention, width) => {
    const findings = await testAttention(attention, { width, ...sizes(attention) });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(40);
  });
});
