import { randomNormal } from "@attention-lab/tensors";
import { backend, engine, max, setBackend, sum, tidy } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { CheckedWebGPUBackend } from "../src/index.ts";
import { rowCode, rowLanes } from "../src/layers/row-reduction.ts";
import { entry, reads, writes } from "../src/program.ts";
import { output, runProgram } from "../src/run-program.ts";
import { onAdapter } from "./on-adapter.ts";

const rows = 5;

/** Sum and largest of each row, as invocation 63 has them: every invocation must know. */
const body = `let x = values[index * ${rowLanes} + lid];
  let all = sum_all(lid, x);
  let top = max_all(lid, x);
  if (lid == ${rowLanes - 1}) { answers[index] = vec2<f32>(all, top); }`;

async function reduced(features: readonly string[]): Promise<number[]> {
  await setBackend("webgpu");
  const device = backend() as CheckedWebGPUBackend;
  const values = randomNormal(1, [rows, rowLanes]);
  const answers = tidy(() => {
    const made = output(device, [rows, 2]);
    runProgram(device, {
      name: "Rows",
      bindings: [writes("answers", made, "vec2<f32>"), reads("values", values)],
      uniforms: {},
      ...rowCode({ features: new Set(features) as unknown as GPUSupportedFeatures }, body),
      workgroups: rows,
    });
    return engine().makeTensorFromTensorInfo(made);
  });
  const found = Array.from(await answers.data());
  for (const x of [values, answers]) x.dispose();
  return found;
}

onAdapter("sums and maxima of rows", () => {
  test.each([[[]], [["subgroups"]]])("with the features %j", async (features) => {
    const found = await reduced(features);
    await setBackend("cpu");
    const wanted = tidy(() => {
      const values = randomNormal(1, [rows, rowLanes]);
      const [sums, tops] = [sum(values, 1).dataSync(), max(values, 1).dataSync()];
      return Array.from({ length: rows }, (_, row) => [sums[row] ?? 0, tops[row] ?? 0]).flat();
    });
    wanted.forEach((want, i) => expect(found[i]).toBeCloseTo(want, 4));
  });

  test("more rows than one dimension of a dispatch holds are all visited", async () => {
    await setBackend("webgpu");
    const device = backend() as CheckedWebGPUBackend;
    const many = device.device.limits.maxComputeWorkgroupsPerDimension + 70;
    const visited = tidy(() => {
      const made = output(device, [many]);
      runProgram(device, {
        name: "Visited",
        bindings: [writes("visited", made)],
        uniforms: {},
        code: entry(1, "visited[index] = f32(index);"),
        workgroups: many,
      });
      return engine().makeTensorFromTensorInfo(made);
    });
    const found = await visited.data();
    visited.dispose();
    expect(found.findIndex((value, i) => value !== i)).toBe(-1);
  });
});
