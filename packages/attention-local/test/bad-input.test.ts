import { memory, setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { smallSite } from "@attention-lab/attention/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { blockLocal, local } from "../src/index.ts";
import { attendNormal } from "../../attention/test/attend-normal.ts";

beforeAll(() => setBackend("cpu"));

describe("bad input", () => {
  const site = smallSite();
  it.each([
    [() => local.parse({ before: -1, after: 0 }), "local attention: before must be a whole number, 0 or more, got -1"],
    [
      () => local.parse({ before: 1.5, after: 0 }),
      "local attention: before must be a whole number, 0 or more, got 1.5",
    ],
    [() => local.parse({ before: 1, after: 1, dilation: 0 }), "local attention: dilation must be a positive integer"],
    [() => local.parse({ befor: 1, after: 1 }), '(did you mean "before"?), got "befor"'],
    [
      () => local({ before: 1, after: 1, dilation: [1, 2, 3] }).build(site),
      "one number for each of 2 heads, got [1,2,3]",
    ],
    [() => local({ before: Number.NaN, after: 0 }).build(site), "before must be a whole number, 0 or more, got NaN"],
    [
      () => blockLocal.parse({ block: 0, lookBackward: 1, lookForward: 0 }),
      "blockLocal attention: block must be a positive integer, got 0",
    ],
    [
      () => blockLocal({ block: 0, lookBackward: 1, lookForward: 0 }).build(site),
      "block must be a positive integer, got 0",
    ],
    [
      () => blockLocal({ block: 2, lookBackward: -1, lookForward: 0 }).build(site),
      "lookBackward must be a whole number, 0 or more, got -1",
    ],
    [
      () => blockLocal.parse({ block: 4, lookBackward: 1 }),
      "blockLocal attention: lookForward must be given, got undefined",
    ],
  ])("%#: one sentence with names and numbers", (ask, sentence) => {
    expect(ask).toThrow(sentence);
  });

  it("leaves a NaN of one query in its own row", () => {
    for (const attention of [
      local({ before: 2, after: 2 }),
      blockLocal({ block: 3, lookBackward: 1, lookForward: 1 }),
    ]) {
      const rows = attendNormal(attention.build(site), site, { queries: 9, nanAt: 4 })[1]!;
      expect(rows.map((row) => row.some(Number.isNaN))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => i === 4));
    }
  });

  it("gives zeros where all that a query sees is padding, and leaves no tensor", () => {
    const before = memory().numTensors;
    const keyPadding = tensor2d([[1, 1, 1, 0, 0, 0, 0, 0]]);
    const rows = attendNormal(local({ before: 1, after: 1 }).build(site), site, { queries: 8, keyPadding })[0]!;
    expect(rows.map((row) => row.every((x) => x === 0))).toEqual([0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));
    keyPadding.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
