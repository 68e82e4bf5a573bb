import { setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { smallSite } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { bigbird, blockSparse, fixed, sparse, strided } from "../src/index.ts";
import { attendNormal } from "../../attention/test/attend-normal.ts";

beforeAll(() => setBackend("cpu"));

const site = smallSite();
const causal = smallSite({ causal: true });

describe("bad options give one sentence with names and numbers", () => {
  it.each([
    [() => strided.parse({ stride: 0 }), "strided attention: stride must be a positive integer, got 0"],
    [() => strided.parse({ stride: 2.5 }), "strided attention: stride must be a positive integer, got 2.5"],
    [() => strided({ stride: 0 }).build(site), "strided attention: stride must be a positive integer, got 0"],
    [() => strided.parse({ stride: 2, share: "splitt" }), '(did you mean "split"?), got "splitt"'],
    [
      () => strided({ stride: 2, share: "split" }).build(smallSite({ heads: 1 })),
      'share: "split" needs at least 2 heads, got 1',
    ],
    [() => fixed.parse({ stride: 4 }), "fixed attention: summary must be given, got undefined"],
    [
      () => fixed({ stride: 4, summary: 3, subblocks: 2 }).build(site),
      "fixed attention: summary times subblocks must be at most the stride 4, got 6",
    ],
    [
      () => fixed({ stride: 4, summary: 1, horizontal: true }).build(causal),
      "fixed attention: horizontal shows the future: a causal layer must not ask for it, got true",
    ],
    [() => bigbird.parse({ block: 0, random: 1 }), "bigbird attention: block must be a positive integer, got 0"],
    [
      () => bigbird.parse({ block: 2, random: -1 }),
      "bigbird attention: random must be a whole number, 0 or more, got -1",
    ],
    [
      () => bigbird.parse({ block: 2, random: 1, globalBlocks: [0.5] }),
      "bigbird attention: globalBlocks.0 must be a whole number, got 0.5",
    ],
    [
      () => bigbird({ block: 2, random: Number.NaN }).build(site),
      "bigbird attention: random must be a whole number, 0 or more, got NaN",
    ],
    [() => bigbird.parse({ block: 2, randoms: 1 }), '(did you mean "random"?), got "randoms"'],
    [
      () => blockSparse({ block: 16, layout: [[[1]]] }).build(site),
      'layout must have 4 x 4 blocks for a maxLength of 64 in blocks of 16, got "1 x 1"',
    ],
    [
      () => blockSparse({ block: 64, layout: [[[1]], [[1]], [[1]]] }).build(site),
      "layout must have one part for each of 2 heads, or one for all, got 3",
    ],
    [
      () => blockSparse.parse({ block: 64, layout: [[[2]]] }),
      "blockSparse attention: layout.0.0.0 must be 0 or 1, got 2",
    ],
    [
      () => sparse.parse({ visible: "all" }),
      'sparse attention: visible must be a function of (query, key, head), got "all"',
    ],
    [
      () => sparse({ visible: () => true, tile: 3 as never }).build(site),
      "tile must be a function of (queries, keys, head), got 3",
    ],
  ])("%#", (ask, sentence) => {
    expect(ask).toThrow(sentence);
  });
});

const all = [
  strided({ stride: 3 }),
  fixed({ stride: 4, summary: 1 }),
  bigbird({ block: 2, random: 1 }),
  blockSparse({ block: 64, layout: [[[1]]] }),
  sparse({ visible: (query, key) => (query + key) % 2 === 0 }),
];

describe("bad numbers", () => {
  it.each(all)("$name: a NaN in one query stays in its row", (attention) => {
    for (const rows of attendNormal(attention.build(site), site, { queries: 9, nanAt: 4 })) {
      expect(rows.map((row) => row.some(Number.isNaN))).toEqual(rows.map((_row, i) => i === 4));
    }
  });

  it.each(all)("$name: padding alone gives zeros", (attention) => {
    const keyPadding = tensor2d([Array.from({ length: 9 }, () => 0)]);
    const rows = attendNormal(attention.build(site), site, { queries: 9, keyPadding });
    expect(rows.flat(2).every((x) => x === 0)).toBe(true);
    keyPadding.dispose();
  });

  it("a block of queries that sees no block gives zeros", () => {
    const attention = blockSparse({ block: 32, layout: [[[1, 0], [0, 0]]] }); // prettier-ignore
    const rows = attendNormal(attention.build(site), site, { queries: 40 })[0]!;
    expect(rows.map((row) => row.every((x) => x === 0))).toEqual(rows.map((_row, i) => i >= 32));
  });

  it("a block or stride longer than the sequence is full attention", () => {
    const full = attendNormal(sparse({ visible: () => true }).build(site), site, { queries: 5 });
    for (const attention of [
      strided({ stride: 50 }),
      fixed({ stride: 50, summary: 1 }),
      bigbird({ block: 50, random: 1 }),
    ]) {
      expect(attendNormal(attention.build(site), site, { queries: 5 })).toEqual(full);
    }
  });
});
