import { featureAttention, type Pattern, patternAttention } from "@attention-lab/ops";
import { randomNormal, randomUniform } from "@attention-lab/tensors";
import { type Tensor, tensor2d, type Tensor2D, type Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { test } from "vitest";
import { agree, differentiated, onAdapter } from "./on-adapter.ts";

// Every shape compiles its own shaders, for seconds on a software adapter.
const runs = { seed: 20_261_121, numRuns: process.env["CI_FULL"] === undefined ? 3 : 12, endOnFailure: true };

const span = fc.integer({ min: 0, max: 40 });
const window = fc.record({ before: span, after: span, dilation: fc.integer({ min: 1, max: 3 }) });
const patterns: fc.Arbitrary<Pattern> = fc.oneof(
  fc.record({ causal: fc.boolean() }),
  fc.record({ causal: fc.boolean(), window }),
);
const length = fc.integer({ min: 1, max: 100 });
const width = fc.integer({ min: 1, max: 70 });
const small = fc.integer({ min: 1, max: 3 });
const shape = { batch: small, heads: small, shared: small, queries: length, keys: length, width, valueWidth: width };

onAdapter("random shapes by our kernels equal their composition on the processor", () => {
  test("pattern attention and its gradients", async () => {
    const one = fc.record({ ...shape, pattern: patterns, offset: span, biased: fc.boolean(), padded: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(one, ({ pattern, offset: queryOffset, biased, padded, ...sizes }) => {
        const { batch, heads, shared, queries, keys } = sizes;
        const options = { pattern, scale: sizes.width ** -0.5, queryOffset };
        return agree(() => {
          // The last key of every second row is padding, and all keys of the third.
          const real = (b: number, key: number): number => (b === 2 || (b === 1 && key === keys - 1) ? 0 : 1);
          const rows = Array.from({ length: batch }, (_, b) => Array.from({ length: keys }, (__, key) => real(b, key)));
          const keyPadding = padded ? tensor2d(rows) : undefined;
          const shapes = [
            [batch, heads, queries, sizes.width],
            [batch, Math.min(shared, heads), keys, sizes.width],
            [batch, Math.min(shared, heads), keys, sizes.valueWidth],
            ...(biased ? [[heads, queries + keys - 1]] : []),
          ];
          const attend = (...x: Tensor[]): Tensor => {
            const [q, k, v, bias] = x as [Tensor4D, Tensor4D, Tensor4D, Tensor2D | undefined];
            return patternAttention({ q, k, v, keyPadding, bias }, options);
          };
          const inputs = shapes.map((each, i) => randomNormal(i + 1, each));
          return differentiated(attend, inputs);
        });
      }),
      runs,
    );
  });

  test("feature attention and its gradients", async () => {
    const one = fc.record({ ...shape, causal: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(one, ({ batch, heads, shared, queries, keys, width: features, valueWidth, causal }) => {
        const shapes = [
          [batch, heads, queries, features],
          [batch, Math.min(shared, heads), keys, features],
          [batch, Math.min(shared, heads), keys, valueWidth],
        ];
        return agree(() => {
          const attend = (...x: Tensor[]): Tensor => {
            const [qf, kf, v] = x as [Tensor4D, Tensor4D, Tensor4D];
            return featureAttention({ qf, kf, v }, { causal, epsilon: 1e-6 });
          };
          return differentiated(
            attend,
            shapes.map((each, i) => randomUniform(i + 1, each)),
          );
        });
      }),
      runs,
    );
  });
});
