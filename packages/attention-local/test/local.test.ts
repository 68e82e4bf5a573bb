import { setBackend, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Attention } from "@attention-lab/attention";
import { smallSite } from "@attention-lab/attention/testkit";
import { visible } from "@attention-lab/ops";
import { randomNormal, scope } from "@attention-lab/tensors";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { blockLocal, local } from "../src/index.ts";
import { attendNormal, movedRows } from "../../attention/test/attend-normal.ts";
import { spanWithin, tileFault } from "../../attention/test/tile-agrees.ts";

beforeAll(() => setBackend("cpu"));

const blocks = fc.record({
  block: fc.integer({ min: 1, max: 6 }),
  lookBackward: fc.nat(2),
  lookForward: fc.nat(2),
});
const windows = fc.record({
  before: fc.nat(4),
  after: fc.nat(4),
  dilation: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
});
const either = fc.oneof(
  windows.map((options): Attention => local(options)),
  blocks.map((options): Attention => blockLocal(options)),
);

/** The key's block against the query's, in words of the definition. */
function inBlocks({ block, lookBackward, lookForward }: Parameters<typeof blockLocal>[0], query: number, key: number) {
  const first = (Math.floor(query / block) - lookBackward) * block;
  const last = (Math.floor(query / block) + lookForward + 1) * block - 1;
  return key >= first && key <= last;
}

describe("what a query sees", () => {
  it("are the keys whose change moves its row, and no others", () => {
    fc.assert(
      fc.property(
        either,
        fc.boolean(),
        fc.integer({ min: 1, max: 14 }),
        fc.nat(13),
        (attention, causal, length, at) => {
          const site = smallSite({ causal });
          const key = at % length;
          const pattern = attention.pattern!(site, length);
          const want = Array.from({ length }, (_, query) =>
            [0, 1].some((head) => visible(pattern, { head, query, key, queryOffset: 0 })),
          );
          expect(movedRows(attention.build(site), site, length, key)).toEqual(want);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("are whole blocks around the query's own", () => {
    fc.assert(
      fc.property(blocks, fc.nat(40), fc.nat(40), (options, query, key) => {
        const pattern = blockLocal(options).pattern!(smallSite(), 41);
        expect(visible(pattern, { head: 0, query, key, queryOffset: 0 })).toBe(inBlocks(options, query, key));
      }),
    );
  });

  it("is told of tiles as of their pairs", () => {
    fc.assert(
      fc.property(blocks, spanWithin(30), spanWithin(30), (options, queries, keys) => {
        expect(tileFault(blockLocal(options).pattern!(smallSite(), 30), 0, queries, keys)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it("is everything where the window or the block is as long as the sequence", () => {
    const site = smallSite();
    const wide = attendNormal(local({ before: 20, after: 20 }).build(site), site, { queries: 11 });
    const one = attendNormal(blockLocal({ block: 20, lookBackward: 0, lookForward: 0 }).build(site), site, {
      queries: 11,
    });
    expect(one).toEqual(wide);
  });
});

describe("decoding", () => {
  it("keeps no more than a later step can see, whatever the length", () => {
    fc.assert(
      fc.property(either, fc.integer({ min: 1, max: 30 }), (attention, length) => {
        const site = smallSite({ causal: true });
        const { stepwise } = attention.build(site);
        let state = scope("start", () => stepwise!.start(1));
        for (let position = 0; position < length; position++) {
          const row = (seed: number, heads: number, width: number) =>
            randomNormal(seed + position, [1, heads, 1, width]) as Tensor4D;
          const next = scope("step", () => ({
            ...stepwise!.step(state, { q: row(1, 2, 4), k: row(2, 1, 4), v: row(3, 1, 3), position }).state,
          }));
          for (const each of Object.values(state)) each.dispose();
          state = next;
        }
        const kept = state["keys"]!.shape[2]!;
        const pattern = attention.pattern!(site, length + 1);
        const seen = Array.from({ length }, (_, key) =>
          [0, 1].some((head) => visible(pattern, { head, query: length, key, queryOffset: 0 })),
        );
        const oldest = seen.indexOf(true);
        expect(kept).toBeGreaterThanOrEqual(oldest < 0 ? 0 : length - oldest);
        expect(attention.cost(site, { batch: 1, queries: length, keys: length }).stateBytes).toBe(4 * kept * (4 + 3));
        for (const each of Object.values(state)) each.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it("holds the same bytes after a thousand positions as after a hundred", () => {
    const site = smallSite({ causal: true });
    const bytes = (attention: Attention, n: number) =>
      attention.cost(site, { batch: 1, queries: n, keys: n }).stateBytes;
    const all = [local({ before: 32, after: 0 }), blockLocal({ block: 25, lookBackward: 1, lookForward: 0 })];
    for (const attention of all) expect(bytes(attention, 1000)).toBe(bytes(attention, 100));
  });
});

describe("cost", () => {
  it("counts the visible pairs, two products each", () => {
    fc.assert(
      fc.property(either, fc.boolean(), fc.integer({ min: 1, max: 90 }), (attention, causal, length) => {
        const site = smallSite({ causal });
        const pattern = attention.pattern!(site, length);
        let pairs = 0;
        for (const head of [0, 1])
          for (let query = 0; query < length; query++)
            for (let key = 0; key < length; key++) if (visible(pattern, { head, query, key, queryOffset: 0 })) pairs++;
        expect(attention.cost(site, { batch: 1, queries: length, keys: length }).flops).toBe(2 * pairs * (4 + 3));
      }),
      { numRuns: 60 },
    );
  });
});
