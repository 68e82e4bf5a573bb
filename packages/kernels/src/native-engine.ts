import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { wholeNumber } from "./check.ts";
import type { Engine } from "./engine.ts";
import { engineOn } from "./host.ts";
import { type AnyArray, operationNumber } from "./operations.ts";

/** The exports of csrc/addon.c. */
interface Addon {
  invoke(
    instructionSet: number,
    threads: number,
    operation: number,
    sizes: Int32Array,
    numbers: Float64Array,
    arrays: readonly (AnyArray | undefined)[],
  ): number;
  instructionSets(): (string | undefined)[];
  counters(): [number, number];
}

const addonPath = fileURLToPath(new URL("../build/kernels.node", import.meta.url));

/** The addon, or a sentence that says why there is none. */
export function loadAddon(): Addon | string {
  if (!existsSync(addonPath)) return "the native addon has not been built (no C compiler, or setup has not run)";
  try {
    const addon = createRequire(import.meta.url)(addonPath) as Addon;
    return nativeInstructionSets(addon).length > 0
      ? addon
      : "this processor has no AVX2, without which wasm is as fast";
  } catch (error) {
    return `the native addon does not load: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** Instruction sets of this processor that the addon has code for, best first. */
export function nativeInstructionSets(addon: Addon): string[] {
  return addon.instructionSets().filter((name) => name !== undefined);
}

/** Small typed arrays are dear to make and to hand over: one pair serves every call, and grows. */
function argumentBuffers(): (sizes: readonly number[], numbers: readonly number[]) => [Int32Array, Float64Array] {
  let sizeBuffer = new Int32Array(64);
  const numberBuffer = new Float64Array(16);
  return (sizes, numbers) => {
    if (sizes.length > sizeBuffer.length) sizeBuffer = new Int32Array(2 * sizes.length);
    sizeBuffer.set(sizes);
    numberBuffer.set(numbers);
    return [sizeBuffer, numberBuffer];
  };
}

export function nativeEngine(threads: number, instructionSet?: string): Engine {
  const addon = loadAddon();
  if (typeof addon === "string") throw new Error(`native engine: ${addon}`);
  const names = addon.instructionSets();
  const set =
    instructionSet === undefined ? names.findIndex((name) => name !== undefined) : names.indexOf(instructionSet);
  if (set < 0) {
    const known = nativeInstructionSets(addon).join(", ");
    throw new RangeError(`native engine: instructionSet must be one of ${known}, got ${instructionSet}`);
  }
  const buffers = argumentBuffers();
  return engineOn({
    name: "native",
    instructionSet: names[set] ?? "",
    threads,
    allocate(length) {
      wholeNumber("native allocate", "length", length, 0);
      return new Float32Array(length);
    },
    release() {
      // Garbage collection does it: the addon works on any Float32Array.
    },
    run({ operation, sizes, numbers, arrays }) {
      const [sizeBuffer, numberBuffer] = buffers(sizes, numbers);
      return addon.invoke(set, threads, operationNumber[operation], sizeBuffer, numberBuffer, arrays);
    },
    counters: () => addon.counters(),
  });
}
