import { composedAttention, gelu, patternAttention } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import { add, backend, matMul, ones, setBackend, type Tensor, type Tensor4D, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeEach, expect, test } from "vitest";
import { type CheckedWebGPUBackend, describeAdapter, startWebGPU } from "../src/index.ts";
import { onAdapter } from "./on-adapter.ts";

const features = (await describeAdapter().catch(() => undefined))?.features ?? [];

onAdapter("measuring", () => {
  let current: CheckedWebGPUBackend;
  beforeEach(async () => {
    await startWebGPU();
    await setBackend("webgpu");
    current = backend() as CheckedWebGPUBackend;
  });

  /** Seconds on the device's clock and on the wall, from before a call until its result was read. */
  async function timed(call: () => Tensor): Promise<{ readonly gpu: number; readonly wall: number }> {
    if (current.clock === undefined) throw new Error("the adapter must have timestamp queries");
    const began = performance.now();
    current.clock.start();
    const made = tidy(call);
    await made.data();
    const gpu = await current.clock.stop();
    made.dispose();
    return { gpu, wall: (performance.now() - began) / 1000 };
  }

  test.runIf(features.includes("timestamp-query"))(
    "the device's own time holds TensorFlow.js's programs and ours, and is part of the wall's",
    async () => {
      const side = ones([64, 64]);
      for (const call of [() => matMul(side as never, side as never), () => gelu(side, "tanh")]) {
        const { gpu, wall } = await timed(call);
        expect(gpu).toBeGreaterThan(0);
        expect(gpu).toBeLessThan(wall);
      }
      // More programs than go into one pass, or one submission.
      const { gpu, wall } = await timed(() => Array.from({ length: 40 }).reduce<Tensor>((x) => add(x, 1), side));
      expect(gpu).toBeGreaterThan(0);
      expect(gpu).toBeLessThan(wall);
      side.dispose();
    },
  );

  test.runIf(features.includes("timestamp-query"))("nothing is timed when nothing is computed", async () => {
    current.clock?.start();
    expect(await current.clock?.stop()).toBe(0);
  });

  test("the meter counts results and scratch, and not what was there, be it uploaded or not", async () => {
    const [a, b] = [ones([256, 64]), ones([64, 256])];
    current.meter.reset();
    const product = tidy(() => matMul(a as never, b as never));
    expect(current.meter.peakAboveReset).toBe(4 * 256 * 256);
    await product.data();
    current.meter.reset();
    const second = tidy(() => add(product, 1));
    expect(current.meter.peakAboveReset).toBe(4 * 256 * 256 + 4);
    for (const x of [a, b, product, second]) x.dispose();
  });

  test("fused attention holds no matrix of scores, and the composed one does", async () => {
    const [length, heads] = [256, 2];
    const make = (seed: number): Tensor4D => randomNormal(seed, [1, heads, length, 16]) as Tensor4D;
    const inputs = { q: make(1), k: make(2), v: make(3) };
    const options = { pattern: { causal: false }, scale: 0.25, queryOffset: 0 };
    const scores = 4 * heads * length ** 2;
    const peak = async (attend: typeof patternAttention): Promise<number> => {
      current.meter.reset();
      const out = tidy(() => attend(inputs, options));
      const most = current.meter.peakAboveReset;
      await out.data();
      out.dispose();
      return most;
    };
    expect(await peak(patternAttention)).toBeLessThan(scores / 2);
    expect(await peak(composedAttention)).toBeGreaterThanOrEqual(scores);
    for (const x of Object.values(inputs)) x.dispose();
  });

  test("every byte that was counted is given back", async () => {
    current.flush();
    const before = current.meter.live;
    const made = tidy(() => add(matMul(zeros([32, 8]), zeros([8, 32])), 1));
    await made.data();
    made.dispose();
    current.flush();
    expect(current.meter.live).toBe(before);
  });
});
