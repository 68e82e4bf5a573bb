import { countLeaks, normalValues } from "@attention-lab/tensors";
import { memory, setBackend, tensor, type Tensor } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { FeedForward, Layer, LayerNorm, named, type Parameters, RMSNorm } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

function dispose(layer: { parameters(): Parameters }): void {
  for (const variable of Object.values(layer.parameters())) variable.dispose();
}

test("named puts a prefix before every name and keeps the variables", () => {
  const layer = new LayerNorm({ name: "n", width: 2 });
  expect(named("blocks.0.norm", layer.parameters())).toEqual({
    "blocks.0.norm.weight": layer.weight,
    "blocks.0.norm.bias": layer.bias,
  });
});

test("a layer's call frees everything but the result", () => {
  class Noisy extends Layer<[x: Tensor], Tensor> {
    parameters(): Parameters {
      return {};
    }
    protected forward(x: Tensor): Tensor {
      tensor([1, 2, 3]);
      return x.clone();
    }
  }
  const x = tensor([1]);
  const before = memory().numTensors;
  const result = new Noisy("noisy").call(x);
  expect(memory().numTensors - before).toBe(1);
  result.dispose();
});

test("layers of any size leave only their result behind, and building leaves only parameters", () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.constantFrom("relu", "geluErf", "geluTanh" as const),
      (rows, width, hidden, activation) => {
        const leaked = countLeaks(() => {
          const layers = [
            new FeedForward({ name: "f", width, hidden, activation, dropout: 0.1, seed: 1 }),
            new LayerNorm({ name: "n", width }),
            new RMSNorm({ name: "r", width }),
          ];
          const x = tensor(normalValues(1, rows * width), [rows, width]);
          for (const layer of layers) {
            const y = layer.call(x, { training: true, step: 1 });
            expect(y.shape).toEqual([rows, width]);
            y.dispose();
          }
          x.dispose();
          layers.forEach(dispose);
        });
        expect(leaked).toBe(0);
      },
    ),
    { numRuns: 25 },
  );
});
