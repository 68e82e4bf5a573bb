import { readFileSync } from "node:fs";
import { readSafetensors } from "@attention-lab/tensors";
import { expect } from "vitest";

const folder = new URL("../../../golden/", import.meta.url);

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}
interface Case {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tolerance: { readonly forward: Tolerance; readonly gradient?: Tolerance };
}
const { cases } = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { cases: Case[] };

/** One case computed by another implementation: its config, its arrays by name, and a check against one of them. */
export function golden(id: string) {
  const found = cases.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`golden: there is no case ${id}`);
  const arrays = readSafetensors(readFileSync(new URL(`${id}.safetensors`, folder)));
  const array = (name: string) => {
    const stored = arrays.get(name);
    if (stored === undefined) throw new Error(`golden: ${id} has no ${name}`);
    return { shape: stored.shape, values: Float32Array.from(stored.values as Float32Array | Float64Array) };
  };
  return {
    config: found.config,
    has: (name: string) => arrays.has(name),
    array,
    /** |got - want| <= atol + rtol |want| everywhere, with the case's own tolerance. */
    expectClose(name: string, got: ArrayLike<number>) {
      const { values: want } = array(name);
      const { rtol, atol } =
        (name.startsWith("grad.") ? found.tolerance.gradient : undefined) ?? found.tolerance.forward;
      expect(got.length).toBe(want.length);
      const misses = [...want].flatMap((value, index) => {
        const difference = Math.abs((got[index] ?? NaN) - value);
        const close = difference <= atol + rtol * Math.abs(value) && Number.isFinite(value);
        return value === got[index] || close ? [] : [`${name}[${index}]`];
      });
      expect(misses).toEqual([]);
    },
  };
}
