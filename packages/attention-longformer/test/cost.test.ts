import { setBackend, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import type { Site } from "@attention-lab/attention";
import { countByProfile, smallSite } from "@attention-lab/attention/testkit";
import { countVisible } from "@attention-lab/ops";
import { randomNormal, scope } from "@attention-lab/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { longformer } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

const siteOf = (changes: Partial<Site> = {}) => smallSite({ dModel: 6, ...changes });
const lengths = { batch: 1, queries: 10, keys: 10 };

describe("longformer's cost", () => {
  it("counts the window's pairs and its parameters", () => {
    const site = siteOf();
    const attention = longformer({ before: 1, after: 1, global: true });
    const pairs = site.heads * (3 * 10 - 2);
    expect(attention.cost(site, lengths).flops).toBe(2 * pairs * (4 + 3));
    const mechanism = attention.build(site);
    const sizes = Object.values(mechanism.parameters).map(({ size }) => size);
    expect(attention.cost(site, lengths).parameters).toBe(sizes.reduce((total, size) => total + size, 0));
    for (const each of Object.values(mechanism.parameters)) each.dispose();
  });

  it.each([siteOf(), siteOf({ causal: true }), siteOf({ keyValueHeads: 2 })])(
    "counts what global tokens multiply, %#",
    async (site) => {
      const tokens = 3;
      const attention = longformer({ before: 1, after: 1, global: true, globalTokens: tokens });
      const mechanism = attention.build(site);
      const draw = (seed: number, shape: number[]) => randomNormal(seed, shape);
      const { multiplyAdds } = await countByProfile(() =>
        scope("cost", () => {
          const x = draw(4, [1, 10, 6]) as Tensor3D;
          mechanism.attend({
            q: draw(1, [1, 2, 10, 4]) as Tensor4D,
            k: draw(2, [1, site.keyValueHeads, 10, 4]) as Tensor4D,
            v: draw(3, [1, site.keyValueHeads, 10, 3]) as Tensor4D,
            input: () => x,
            globals: [[0, 1, 2]],
            queryOffset: 0,
            training: false,
            step: 0,
          });
        }),
      );
      // The stock backend composes local rows over all pairs; what is left is the global tokens' own.
      const composed = 2 * 2 * 10 * 10 * (4 + 3);
      const pattern = attention.pattern!(site, 10);
      const size = { heads: 2, queries: 10, keys: 10, queryOffset: 0 };
      const pairs = countVisible(pattern, { ...size, globals: [[0, 1, 2]] });
      expect(pairs).toBeGreaterThan(countVisible(pattern, size));
      const { flops } = attention.cost(site, lengths);
      expect(2 * multiplyAdds - composed).toBe(flops - 2 * pairs * (4 + 3));
      for (const each of Object.values(mechanism.parameters)) each.dispose();
    },
  );

  it("grows with the tokens, which a layer without projections does not have", () => {
    const flops = (options: { global?: boolean; globalTokens?: number }) =>
      longformer({ before: 1, after: 1, ...options }).cost(siteOf(), lengths).flops;
    expect(flops({ global: true, globalTokens: 2 })).toBeGreaterThan(flops({ global: true, globalTokens: 1 }));
    expect(flops({ global: true, globalTokens: 0 })).toBe(flops({}));
    expect(flops({ globalTokens: 5 })).toBe(flops({}));
    // No more tokens than positions.
    expect(flops({ global: true, globalTokens: 99 })).toBe(flops({ global: true, globalTokens: 10 }));
  });
});
