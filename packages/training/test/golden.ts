import { readFileSync } from "node:fs";
import { readSafetensors } from "@attention-lab/tensors";

/** A golden case of the repository's own fixtures. */
export function goldenCase(id: string): { expected: (name: string) => number[] } {
  const tensors = readSafetensors(readFileSync(new URL(`../../../golden/${id}.safetensors`, import.meta.url)));
  return {
    expected: (name) => {
      const stored = tensors.get(name);
      if (stored === undefined) throw new Error(`golden case ${id} has no tensor "${name}"`);
      return Array.from(stored.values as Float64Array);
    },
  };
}
