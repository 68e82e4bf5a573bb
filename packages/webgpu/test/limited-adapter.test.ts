import { type Pattern, patternAttention } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import { matMul, ones, setBackend, type Tensor, type Tensor2D, tidy, zeros } from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { webgpu } from "../src/dawn.ts";
import { startWebGPU, stopWebGPU } from "../src/index.ts";
import { differentiated, onAdapter } from "./on-adapter.ts";

/** In the place of the machine's own WebGPU, where it is set. */
const offered: { gpu?: unknown } = vi.hoisted(() => ({}));
vi.mock("../src/dawn.ts", async (original) => {
  const { webgpu } = await original<{ webgpu: () => Promise<GPU> }>();
  return { webgpu: () => offered.gpu ?? webgpu() };
});

afterEach(async () => {
  delete offered.gpu;
  await setBackend("cpu");
  stopWebGPU();
});

/** What WebGPU promises of every adapter. */
const promised = {
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
};

function offer(adapter: unknown): void {
  stopWebGPU();
  offered.gpu = { requestAdapter: () => Promise.resolve(adapter) };
}

test.each(Object.keys(promised).filter((name) => name !== "maxBufferSize"))(
  "an adapter whose %s is too small is refused with what was found and what to do",
  async (name) => {
    const limits = { ...promised, [name]: 7 };
    const info = { vendor: "acme", architecture: "", device: "Tiny 1", description: "" };
    offer({ limits, info, features: new Set() });
    const least = promised[name as keyof typeof promised];
    const sentence = `adapter Tiny 1: ${name} must be at least ${least}, got 7; use another adapter or driver`;
    await expect(startWebGPU()).rejects.toThrow(sentence);
  },
);

onAdapter("an adapter with the limits that WebGPU promises, and no more", () => {
  async function startLimited(): Promise<void> {
    const real = (await (await webgpu()).requestAdapter()) as GPUAdapter & { readonly info: unknown };
    const get = (limits: GPUSupportedLimits, name: string): unknown =>
      name in promised ? promised[name as keyof typeof promised] : Reflect.get(limits, name, limits);
    const limits = new Proxy(real.limits, { get: get as never });
    const requestDevice = (of: GPUDeviceDescriptor): Promise<GPUDevice> => real.requestDevice(of);
    offer({ limits, info: real.info, features: real.features, requestDevice });
    await startWebGPU();
    await setBackend("webgpu");
  }
  const options = (pattern: Pattern) => ({ pattern, scale: 0.5, queryOffset: 0 });
  const attend = (pattern: Pattern) => (q: Tensor, k: Tensor, v: Tensor, bias?: Tensor) =>
    patternAttention({ q, k, v, bias } as never, options(pattern));

  test("computes attention and its gradients", async () => {
    await startLimited();
    const tensors = tidy(() =>
      differentiated(
        attend({ causal: true }) as never,
        [1, 2, 3].map((seed) => randomNormal(seed, [1, 1, 5, 4])),
      ),
    );
    for (const x of tensors) expect((await x.data()).every(Number.isFinite)).toBe(true);
  });

  test("refuses what it cannot bind at once, and tensors beyond a binding", async () => {
    await startLimited();
    expect(() => tidy(() => matMul(zeros([6000, 1]), zeros([1, 6000])))).toThrow(
      /^webgpu: a tensor must fit one binding of 134217728 bytes on .*, got \[.*6000,6000\] of 144000000 bytes; take a smaller batch or length$/,
    );
    const everything = (): Tensor[] =>
      differentiated(
        (q, k, v, bias, keys, values) =>
          patternAttention(
            {
              ...({ q, k, v } as unknown as Parameters<typeof patternAttention>[0]),
              bias: bias as Tensor2D,
              keyPadding: ones([1, 5]),
              relative: { clip: 2, keys: keys as Tensor2D, values: values as Tensor2D },
            },
            {
              ...options({ causal: false, window: { before: 1, after: 1, dilation: 1 } }),
              dropout: { rate: 0.5, seed: 1, step: 1 },
            },
          ),
        [
          [1, 1, 5, 4],
          [1, 1, 5, 4],
          [1, 1, 5, 4],
          [1, 9],
          [5, 4],
          [5, 4],
        ].map((shape, i) => randomNormal(i, shape)),
      );
    expect(() => tidy(everything)).toThrow(
      /^webgpu \w+: the adapter must bind \d+ storage buffers at once for these options, got a limit of 8$/,
    );
  });
});
