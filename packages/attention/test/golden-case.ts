import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { readSafetensors } from "@attention-lab/tensors";
import { expect } from "vitest";

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** One case of golden/: results of somebody else's implementation. */
export interface GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tolerance: { readonly forward: Tolerance; readonly gradient: Tolerance };
  /** A new float32 tensor with the stored values. */
  tensor<T extends Tensor>(name: string): T;
  /** Compares element by element within the case's own tolerance; gradients are those named "grad.". */
  expectClose(got: Tensor, name: string): Promise<void>;
}

const folder = new URL("../../../golden/", import.meta.url);

export function goldenCase(id: string): GoldenCase {
  const index = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as {
    cases: (GoldenCase & { id: string; file: string })[];
  };
  const found = index.cases.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`golden: there must be a case ${id}, got none`);
  const stored = readSafetensors(new Uint8Array(readFileSync(new URL(found.file, folder))));
  const named = (name: string) => {
    const entry = stored.get(name);
    if (entry === undefined) throw new RangeError(`golden: ${id} must have a tensor ${name}, got none`);
    return { shape: entry.shape, values: Array.from(entry.values, Number) };
  };
  return {
    config: found.config,
    tolerance: found.tolerance,
    tensor: <T extends Tensor>(name: string) => tensor(Float32Array.from(named(name).values), named(name).shape) as T,
    async expectClose(got, name) {
      const want = named(name);
      const { rtol, atol } = name.startsWith("grad.") ? found.tolerance.gradient : found.tolerance.forward;
      expect(got.shape, name).toEqual(want.shape);
      const values = await got.data();
      const misses = want.values.filter(
        (value, i) => !(Math.abs((values[i] ?? Number.NaN) - value) <= atol + rtol * Math.abs(value)),
      );
      expect(misses, `${id}: ${name}`).toEqual([]);
    },
  };
}
