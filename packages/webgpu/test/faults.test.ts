import { add, matMul, ones, setBackend, tidy, zeros, backend } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { checkLimits } from "../src/adapter.ts";
import { type CheckedWebGPUBackend, describeAdapter, startWebGPU, stopWebGPU } from "../src/index.ts";
import { onAdapter } from "./on-adapter.ts";

const gibibyte = 2 ** 30;
/** A card that somebody works at is not to be filled. */
const software = (await describeAdapter().catch(() => undefined))?.software === true;

const limits = {
  maxStorageBufferBindingSize: 2 ** 30,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
};

test("an adapter with too small limits is refused with what was found", () => {
  const small = { ...limits, maxComputeWorkgroupStorageSize: 8192 };
  expect(() => checkLimits(small, { description: "Tiny 1.0", device: "" })).toThrow(
    "adapter Tiny 1.0: maxComputeWorkgroupStorageSize must be at least 16384, got 8192; use another adapter or driver",
  );
  expect(() => checkLimits(limits, { description: "Tiny 1.0", device: "" })).not.toThrow();
});

onAdapter("what goes wrong on the device", () => {
  const current = async (): Promise<CheckedWebGPUBackend> => {
    await startWebGPU();
    await setBackend("webgpu");
    return backend() as CheckedWebGPUBackend;
  };

  test("the adapter tells what it is", async () => {
    const report = await describeAdapter();
    expect(report.maxBytes).toBeGreaterThanOrEqual(128 * 2 ** 20);
    expect(typeof report.software).toBe("boolean");
  });

  test("an invalid command is thrown at the next reader, once", async () => {
    const { device } = await current();
    const a = ones([2, 2]);
    device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    const product = matMul(a, a);
    await expect(product.data()).rejects.toThrow(/^webgpu: a command was not valid: /);
    const again = matMul(a, a);
    expect(Array.from(await again.data())).toEqual([2, 2, 2, 2]);
    for (const x of [a, product, again]) x.dispose();
  });

  test("a program on a buffer that is gone is thrown, where WebGPU would answer with zeros", async () => {
    const { tensorMap } = await current();
    const a = tidy(() => add(ones([2, 2]), 1));
    await a.data();
    (tensorMap.get(a.dataId).resource as GPUBuffer).destroy();
    const product = matMul(a as never, a as never);
    await expect(product.data()).rejects.toThrow(/^webgpu: a command was not valid: .*used in submit while destroyed/);
    for (const x of [a, product]) x.dispose();
    // TensorFlow.js would use that buffer again.
    await setBackend("cpu");
    stopWebGPU();
  });

  test.runIf(software)(
    "memory that runs out is thrown at the next reader, and what was given back can be had again",
    async () => {
      const { bufferManager } = await current();
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
      const held = Array.from({ length: 64 }, () => bufferManager.acquireBuffer(gibibyte, usage));
      const a = ones([2, 2]);
      const product = matMul(a as never, a as never);
      await expect(product.data()).rejects.toThrow(/^webgpu: out of memory on the device: .*\(and \d+ more\)$/);
      for (const buffer of held) bufferManager.releaseBuffer(buffer);
      expect(bufferManager.numBytesAllocated).toBeLessThan(2 * gibibyte);
      const again = matMul(a as never, a as never);
      expect(Array.from(await again.data())).toEqual([2, 2, 2, 2]);
      for (const x of [a, product, again]) x.dispose();
    },
  );

  test("a tensor beyond one binding is refused before anything is allocated", async () => {
    const { adapter } = await current();
    const side = Math.ceil(Math.sqrt(adapter.maxBytes / 4)) + 1;
    expect(() => tidy(() => matMul(zeros([side, 1]), zeros([1, side])))).toThrow(
      /^webgpu: a tensor must fit one binding of \d+ bytes on .*; take a smaller batch or length$/,
    );
  });

  test("synchronous reading is refused with the way to read", async () => {
    await current();
    const product = tidy(() => matMul(ones([2, 2]), ones([2, 2])));
    expect(() => product.dataSync()).toThrow("webgpu: values must be read with `await data()`, got dataSync()");
    product.dispose();
  });

  test("the meter counts buffers", async () => {
    const { meter } = await current();
    meter.reset();
    const [x] = [tidy(() => matMul(ones([256, 64]), ones([64, 256])))];
    await x.data();
    expect(meter.peakAboveReset).toBeGreaterThanOrEqual(4 * 256 * 256);
    x.dispose();
  });

  test("a lost device is an error for every reader, and a new one can be started", async () => {
    const { device } = await current();
    const product = tidy(() => matMul(ones([2, 2]), ones([2, 2])));
    device.destroy();
    await expect(product.data()).rejects.toThrow(/lost|destroyed/i);
    await setBackend("cpu");
    stopWebGPU();
    await current();
    const again = tidy(() => matMul(ones([2, 2]), ones([2, 2])));
    expect(Array.from(await again.data())).toEqual([2, 2, 2, 2]);
    again.dispose();
  });
});
