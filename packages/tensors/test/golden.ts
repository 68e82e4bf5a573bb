import { readFileSync } from "node:fs";
import { readSafetensors } from "../src/index.ts";
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
  const close = (label: string, got: ArrayLike<number>, want: ArrayLike<number>, { rtol, atol }: Tolerance) => {
    expect(got.length, `length of ${label}`).toBe(want.length);
    const misses = Array.from(want).flatMap((value, index) => {
      const difference = Math.abs((got[index] ?? NaN) - value);
      const near = difference <= atol + rtol * Math.abs(value) && Number.isFinite(value);
      return value === got[index] || near ? [] : [`${label}[${index}]`];
    });
    expect(misses).toEqual([]);
  };
  const { forward, gradient = forward } = found.tolerance;
  return {
    config: found.config,
    has: (name: string) => arrays.has(name),
    array,
    /** |got - want| <= atol + rtol |want| everywhere, with the case's own tolerance; gradients are those named "grad.". */
    expectClose(name: string, got: ArrayLike<number>) {
      close(name, got, array(name).values, name.startsWith("grad.") ? gradient : forward);
    },
    /** The same for a gradient that is part of one of the case's arrays. */
    expectGradient(label: string, got: ArrayLike<number>, want: ArrayLike<number>) {
      close(label, got, want, gradient);
    },
  };
}
