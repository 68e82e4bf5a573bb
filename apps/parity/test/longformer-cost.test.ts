import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { longformer } from "@attention-lab/attention-longformer";
import { peakBytes, useBackend } from "@attention-lab/backends";
import { counted, describeEngines, loadEngine } from "@attention-lab/kernels";
import { randomNormal, scope } from "@attention-lab/tensors";
import { describe, expect, test } from "vitest";

const native = (await describeEngines()).some(({ name, available }) => name === "native" && available);

// The testkit measures calls without global tokens; these have them.
describe.runIf(native)("declared cost of global tokens against what the native engine ran", () => {
  test.each([
    [1, false],
    [8, true],
    [64, false],
    [64, true],
  ])("%i tokens, causal %s", async (globalTokens, causal) => {
    await useBackend("native");
    const engine = counted(await loadEngine("native"));
    const attention = longformer({ before: 128, after: 128, global: true, globalTokens });
    const [heads, width, length] = [2, 32, 1024];
    const site = {
      heads,
      keyValueHeads: heads,
      headDim: width,
      valueDim: width,
      scale: 0.2,
      maxLength: length,
      causal,
      dropout: 0,
      dModel: heads * width,
      seed: 1,
    };
    const mechanism = attention.build(site);
    const [q, k, v] = [1, 2, 3].map((seed) => randomNormal(seed, [1, heads, length, width]) as Tensor4D) as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];
    const x = randomNormal(4, [1, length, heads * width]) as Tensor3D;
    const globals = [Array.from({ length: globalTokens }, (_, position) => position)];
    const call = { q, k, v, input: () => x, globals, queryOffset: 0, training: false, step: 0 };
    const meter = peakBytes();
    meter.reset();
    engine.reset();
    scope("cost", () => void mechanism.attend(call));
    const declared = attention.cost(site, { batch: 1, queries: length, keys: length });
    expect(Math.abs(declared.peakBytes / meter.read() - 1)).toBeLessThan(0.05);
    expect(Math.abs(declared.flops / (2 * engine.multiplyAdds) - 1)).toBeLessThan(0.3);
    for (const each of [q, k, v, x, ...Object.values(mechanism.parameters)]) each.dispose();
  });
});
