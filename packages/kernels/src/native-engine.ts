import { createRequire } from "node:module";
import { type AddonPlace, addonPlaces } from "./addon-places.ts";
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

/** The first addon that loads here and where it was, or a sentence that says why there is none. */
export function loadAddon(): { addon: Addon; origin: string } | string {
  let why = "there is no native addon (attn backend install native builds one where a C compiler is)";
  for (const place of addonPlaces()) {
    const loaded = loadFrom(place);
    if (typeof loaded !== "string") return { addon: loaded, origin: place.origin };
    why = loaded;
  }
  return why;
}

function loadFrom({ path, origin }: AddonPlace): Addon | string {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    return nativeInstructionSets(addon).length > 0
      ? addon
      : "this processor has no AVX2, without which wasm is as fast";
  } catch (error) {
    return `the native addon ${origin} does not load: ${(error as Error).message.split("\n")[0]}`;
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
  const loaded = loadAddon();
  if (typeof loaded === "string") throw new Error(`native engine: ${loaded}`);
  const { addon } = loaded;
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
