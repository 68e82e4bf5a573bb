import { variantsByName } from "@attention-lab/catalog";
import { describeBackends } from "@attention-lab/backends";
import { expect, test } from "vitest";
import { gpu, gpuCases } from "../src/gpu.ts";

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
