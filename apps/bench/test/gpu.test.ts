import { variantsByName } from "@attention-lab/catalog";
import { describeBackends } from "@attention-lab/backends";
import { expect, test } from "vitest";
import { gpu } from "../src/gpu.ts";
import { gpuCases, gpuDecoder } from "../src/gpu-cases.ts";
import { startPython } from "../src/python.ts";

test("the cases are full attention to 64k and efficient variants of the catalogue at 64k, each forward and as a step", () => {
  const cases = gpuCases(false);
  const longest = cases.filter(({ length }) => length === 65_536);
  expect(new Set(longest.map(({ variant }) => variant))).toEqual(
    new Set(["full", "local", "longformer", "linear", "performer"]),
  );
  for (const { variant } of cases) expect(variantsByName[variant]).toBeDefined();
  expect(cases.filter(({ backward }) => backward)).toHaveLength(cases.length / 2);
});

test("without a graphics card it prints no table", async () => {
  const row = (await describeBackends()).find(({ name }) => name === "webgpu");
  // A machine with a card would be timed for minutes.
  if (row?.available === true && !row.why.includes("a software adapter")) return;
  const why = row?.available === true ? "bench gpu: figures need a graphics card" : `backend webgpu: ${row?.why}`;
  await expect(gpu({ software: false, quick: true, python: "python3" })).rejects.toThrow(why);
});

test("PyTorch's side answers every way that it has, here on the processor", { timeout: 300_000 }, async ({ skip }) => {
  const torch = await startPython("torch_gpu.py", "python3", "cpu");
  if (torch === undefined) return skip("PyTorch is not installed");
  const shape = { batch: 1, heads: 1, headDim: 8, length: 16, rounds: 1, options: {} };
  for (const backward of [false, true]) {
    const { found, missing } = await torch.ask({ kind: "attention", variant: "full", backward, ...shape });
    expect(Object.keys(found as object)).toEqual([
      "sdpa float32",
      "sdpa float16",
      "composed float32",
      "composed float16",
    ]);
    expect(missing).toEqual({});
  }
  expect(await torch.ask({ kind: "attention", variant: "linear", ...shape })).toEqual({ found: {}, missing: {} });
  const { found } = await torch.ask({ ...gpuDecoder(true), rounds: 1 });
  expect(found).toMatchObject({ float32: { seconds: expect.any(Number) as number } });
  torch.close();
});
