import { tensor, type Tensor, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf } from "../../tensors/test/check-operation.ts";
import { composedAttention, patternAttention, type Pattern, type RelativeTerms } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import { relativeAttention } from "./relative-reference.ts";
import type { AttentionShape } from "./references.ts";

const base: AttentionShape = { batch: 2, heads: 4, keyHeads: 2, queries: 5, keys: 7, width: 3, valueWidth: 2 };
const inputs = (s: AttentionShape, clip: number): ReturnType<typeof normalInput>[] => [
  normalInput(1, s.batch, s.heads, s.queries, s.width),
  normalInput(2, s.batch, s.keyHeads, s.keys, s.width),
  normalInput(3, s.batch, s.keyHeads, s.keys, s.valueWidth),
  normalInput(4, 2 * clip + 1, s.width),
  normalInput(5, 2 * clip + 1, s.valueWidth),
];
const attend =
  (clip: number, options: { pattern: Pattern; scale: number; queryOffset: number }, sides?: RelativeTerms["sides"]) =>
  (...[q, k, v, keys, values]: Tensor[]): Tensor =>
    patternAttention(
      {
        q: q as Tensor4D,
        k: k as Tensor4D,
        v: v as Tensor4D,
        relative: { clip, sides, keys: keys as Tensor2D, values: values as Tensor2D | undefined },
      },
      options,
    );

describe("relative terms", () => {
  onBothPaths(["PatternAttention", "PatternAttentionGrad"], () => {
    it.each([
      ["within the clip", {}, 20, 0],
      ["clipped on both sides", {}, 2, 0],
      ["one vector for all", {}, 0, 0],
      ["clipped, behind a cache", {}, 3, 4],
      ["every key long past", {}, 2, 30],
      ["every key far ahead", {}, 2, -30],
      ["one query", { queries: 1 }, 2, 3],
      ["one key", { keys: 1 }, 1, 0],
      ["more queries than keys", { queries: 9, keys: 4 }, 2, -1],
    ] as [string, Partial<AttentionShape>, number, number][])(
      "%s: values and gradients",
      (_, change, clip, queryOffset) => {
        const shape = { ...base, ...change };
        for (const causal of [false, true]) {
          const options = { pattern: { causal }, scale: 0.6, queryOffset };
          checkOperation(inputs(shape, clip), attend(clip, options), (...x) =>
            relativeAttention(shape, { ...options, clip }, ...x),
          );
        }
        const options = { pattern: { causal: false }, scale: 0.6, queryOffset };
        for (const both of [false, true]) {
          checkOperation(inputs(shape, clip).slice(0, 4), attend(clip, options, both ? "both" : "query"), (...x) =>
            relativeAttention(shape, { ...options, clip, both }, ...x),
          );
        }
      },
    );
  });

  it("refuses tables of another shape", () => {
    const some = (...sides: number[]): Tensor4D => tensorOf(normalInput(0, ...sides)) as Tensor4D;
    const [q, k, v] = [some(1, 2, 3, 4), some(1, 2, 5, 4), some(1, 2, 5, 6)];
    const table = (rows: number, columns: number): Tensor2D =>
      tensor(new Float32Array(rows * columns), [rows, columns]);
    const refused = (relative: RelativeTerms) => () =>
      composedAttention({ q, k, v, relative }, { pattern: { causal: false }, scale: 1, queryOffset: 0 });
    expect(refused({ clip: -1, keys: table(1, 4) })).toThrow("relative.clip must be an integer of at least 0, got -1");
    expect(refused({ clip: 2, keys: table(4, 4) })).toThrow(
      "composedAttention: relative.keys must be [5,4], got [4,4]",
    );
    expect(refused({ clip: 2, keys: table(5, 4), values: table(5, 4) })).toThrow(
      "composedAttention: relative.values must be [5,6], got [5,4]",
    );
  });
});
