import { readFileSync } from "node:fs";
import { tensor, type Tensor } from "@tensorflow/tfjs-core";
import { readSafetensors } from "@attention-lab/tensors";
import { expect } from "vitest";

const folder = new URL("../../../golden/", import.meta.url);

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

interface IndexEntry {
  readonly id: string;
  readonly file: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly role: string }>>;
  readonly tolerance: { readonly forward: Tolerance; readonly gradient?: Tolerance };
}

const cases = (JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { cases: IndexEntry[] }).cases;

/** Ids of the golden cases that start with one of the words. */
export function idsOf(...starts: string[]): string[] {
  return cases.map(({ id }) => id).filter((id) => starts.some((start) => id.startsWith(start)));
}

/** One case of the golden folder: its config, and its numbers as tensors (the caller frees them). */
export function golden(id: string) {
  const entry = cases.find((each) => each.id === id);
  if (entry === undefined) throw new RangeError(`golden: id must be one of the index, got ${id}`);
  const stored = readSafetensors(readFileSync(new URL(entry.file, folder)));
  const valuesOf = (name: string) => {
    const found = stored.get(name);
    if (found === undefined) throw new RangeError(`golden ${id}: there must be a tensor of the name, got ${name}`);
    return { shape: found.shape, values: Array.from(found.values, Number) };
  };
  return {
    config: entry.config,
    has: (name: string) => stored.has(name),
    tensor: <T extends Tensor>(name: string): T => {
      const { shape, values } = valuesOf(name);
      return tensor(Float32Array.from(values), shape) as T;
    },
    /** Asserts |got - want| <= atol + rtol |want|, with the case's own tolerance. */
    expectClose: async (name: string, got: Tensor, kind: "forward" | "gradient") => {
      const { shape, values } = valuesOf(name);
      const { rtol, atol } = entry.tolerance[kind] ?? entry.tolerance.forward;
      expect(got.shape, `shape of ${name}`).toEqual(shape);
      const numbers = await got.data();
      for (const [index, want] of values.entries()) {
        const error = Math.abs((numbers[index] ?? Number.NaN) - want);
        expect(error <= atol + rtol * Math.abs(want), `${name}[${index}]: got ${numbers[index]}, want ${want}`).toBe(
          true,
        );
      }
    },
  };
}
