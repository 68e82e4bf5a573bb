import { type Pattern, patternAttention } from "@attention-lab/ops";
import { normalValues } from "@attention-lab/tensors";
import { grads, mul, setBackend, sum, type Tensor, tensor4d, type Tensor4D } from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { type Precision, startWebGPU } from "../src/index.ts";
import { attentionInDoubles } from "./attention-oracle.ts";
import { on, onAdapter } from "./on-adapter.ts";

const arithmetic = await startWebGPU({ precision: "float16" }).then(
  (started) => started.arithmetic,
  (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
);

const names = ["out", "dq", "dk", "dv"];
/** A width above 32 passes through workgroup memory in chunks; shaders of it take a software adapter minutes. */
const sizes = { heads: 2, queries: 70, keys: 70, width: process.env["CI_FULL"] ? 40 : 16 };
const causal: Pattern = { causal: true };

const inputs = ["q", "k", "v", "dOut"].map((_, i) => normalValues(i + 1, sizes.heads * sizes.queries * sizes.width));

/** The largest error of each result beside its largest value, against float64. */
async function errors(precision: Precision, upstream: number): Promise<number[]> {
  await startWebGPU({ precision });
  const shape: [number, number, number, number] = [1, sizes.heads, sizes.queries, sizes.width];
  const results = await on("webgpu", () => {
    const [q, k, v, dOut] = inputs.map((values) => tensor4d(values, shape)) as [Tensor4D, Tensor4D, Tensor4D, Tensor4D];
    const attend = (...x: Tensor[]): Tensor => {
      const [q, k, v] = x as [Tensor4D, Tensor4D, Tensor4D];
      return patternAttention({ q, k, v }, { pattern: causal, scale: sizes.width ** -0.5, queryOffset: 0 });
    };
    const weights = mul(dOut, upstream);
    return [attend(q, k, v), ...grads((...x: Tensor[]) => sum(mul(attend(...x), weights)))([q, k, v])];
  });
  const [q, k, v, dOut] = inputs.map((values) => Float64Array.from(values)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const wanted = attentionInDoubles({ ...sizes, pattern: causal }, { q, k, v, dOut });
  return wanted.map((want, i) => {
    const unit = i === 0 ? 1 : upstream;
    const values = results[i]?.values ?? [];
    const worst = want.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - (values[j] ?? Number.NaN) / unit)),
      0,
    );
    return worst / want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  });
}

onAdapter("the precision of attention", () => {
  afterAll(() => startWebGPU());

  test("float32 errs by less than 2e-6", async () => {
    const found = await errors("float32", 1);
    expect(
      names.filter((_, i) => !((found[i] ?? 1) < 2e-6)),
      String(found),
    ).toEqual([]);
  });

  test.skipIf(typeof arithmetic !== "string")(`${String(arithmetic)} errs by less than 2e-3, and rounds`, async () => {
    const found = await errors("float16", 1);
    expect(
      names.filter((_, i) => !((found[i] ?? 1) < 2e-3)),
      String(found),
    ).toEqual([]);
    expect(
      names.filter((_, i) => !((found[i] ?? 0) > 2e-5)),
      String(found),
    ).toEqual([]);
  });

  test.skipIf(typeof arithmetic !== "string")("float16 keeps gradients that are below its own range", async () => {
    const found = await errors("float16", 1e-12);
    expect(
      names.filter((_, i) => !((found[i] ?? 1) < 2e-3)),
      String(found),
    ).toEqual([]);
  });

  test.skipIf(typeof arithmetic === "string")("an adapter without it refuses float16 in a sentence", async () => {
    await expect(startWebGPU({ precision: "float16" })).rejects.toThrow(
      /^adapter .*: precision float16 needs the feature shader-f16, got .*; use float32 or another adapter or driver$/,
    );
    await setBackend("cpu");
  });
});
