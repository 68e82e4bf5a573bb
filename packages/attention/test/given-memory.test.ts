import {
  memory as tensorMemory,
  add,
  ones,
  setBackend,
  type Tensor,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import {
  defineAttention,
  MultiHeadAttention,
  patternMechanism,
  type MultiHeadAttentionCall,
  supportsEverything,
} from "@attention-lab/attention";
import { carry, countLeaks, randomNormal, scope } from "@attention-lab/tensors";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { toy } from "./toy.ts";

beforeAll(async () => void (await setBackend("cpu")));

let before = 0;
beforeEach(() => void (before = tensorMemory().numTensors));
afterEach(() => expect(tensorMemory().numTensors, "live tensors after the test").toBe(before));

const yes = supportsEverything;
const able = defineAttention({
  name: "able",
  paper: "none",
  version: 1,
  supports: yes,
  parse: () => ({}),
  build: (_: unknown, site) => patternMechanism(site, { pattern: () => ({ causal: site.causal }) }),
  cost: () => ({ flops: 0, peakBytes: 0, parameters: 0, stateBytes: 0 }),
});
const options = { name: "mha", dModel: 8, heads: 4, keyValueHeads: 2, maxLength: 16, bias: true, seed: 3 } as const;
const x = (length: number, seed = 1) => randomNormal(seed, [2, length, 8]) as Tensor3D;

/** Runs the test and frees the layer. */
function withLayer(causal: boolean, body: (mha: MultiHeadAttention<typeof yes>) => void): void {
  const mha = new MultiHeadAttention({ ...options, attention: able({}), causal });
  scope("test", () => {
    body(mha);
  });
  carry(mha.parameters(), () => ({}));
}
const largest = (a: Tensor, b: Tensor) =>
  Math.max(...Array.from(a.dataSync(), (value, i) => Math.abs(value - (b.dataSync()[i] ?? NaN))));

describe("a memory projected once", () => {
  test("serves many calls as the memory itself does", () => {
    withLayer(false, (mha) => {
      const memory = x(6, 2);
      const keyPadding = tensor2d([1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1], [2, 6]) as Tensor2D;
      const projected = mha.project(memory);
      expect(projected.k.shape).toEqual([2, 2, 6, 2]);
      for (const [length, seed] of [
        [1, 5],
        [4, 6],
      ] as const) {
        const calls: MultiHeadAttentionCall[] = [
          { memory, keyPadding },
          { projected, keyPadding },
        ];
        const [want, got] = calls.map((call) => mha.call(x(length, seed), call));
        expect(largest(got as Tensor, want as Tensor)).toBeLessThan(1e-6);
      }
      const values = x(6, 9);
      const other = mha.project(memory, values);
      const want = mha.call(x(3), { memory, memoryValues: values });
      expect(largest(mha.call(x(3), { projected: other }), want)).toBeLessThan(1e-6);
      expect(largest(mha.call(x(3), { projected }), want)).toBeGreaterThan(1e-3);
    });
  });

  test("is refused beside a memory, and by a variant without cross-attention", () => {
    withLayer(false, (mha) => {
      const projected = mha.project(x(6, 2));
      expect(() => mha.call(x(3), { memory: x(6, 2), projected })).toThrow(
        "multi-head attention mha: a call takes memory or projected, got both",
      );
      expect(countLeaks(() => mha.project(x(6, 2)))).toBe(3); // the memory, its keys and its values
    });
    const attention = toy({ supports: { crossAttention: "it looks at itself" } });
    const self = new MultiHeadAttention({ ...options, keyValueHeads: undefined as never, attention });
    expect(() => scope("test", () => void self.project(x(6)))).toThrow(
      'toy attention cannot honour "crossAttention": it looks at itself',
    );
    carry(self.parameters(), () => ({}));
  });
});

describe("a residual", () => {
  test("is added to the output, whatever rows are padding", () => {
    withLayer(false, (mha) => {
      const [input, residual] = [x(3), x(3, 7)];
      const queryPadding = tensor2d([1, 1, 0, 1, 1, 1], [2, 3]) as Tensor2D;
      for (const call of [{}, { queryPadding }]) {
        const want = add(mha.call(input, call), residual);
        expect(largest(mha.call(input, { ...call, residual }), want)).toBeLessThan(1e-6);
      }
    });
  });

  test("is added to a step's output", () => {
    withLayer(true, (mha) => {
      const [input, residual] = [x(1), ones([2, 1, 8]) as Tensor3D];
      const plain = mha.step(mha.start(2), input, 0).output;
      expect(largest(mha.step(mha.start(2), input, 0, residual).output, add(plain, residual))).toBeLessThan(1e-6);
    });
  });
});
