import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { wholeNumber } from "./check.ts";
import type { Engine } from "./engine.ts";
import { engineOn } from "./host.ts";
import { type AnyArray, type Invocation, operationNumber } from "./operations.ts";
import { type Heap, makeHeap } from "./wasm-heap.ts";
import { startWorker } from "./wasm-workers.ts";

/** The exports of csrc/threads-wasm.c. */
interface Exports {
  use_threads(threads: number): void;
  invoke(operation: number, sizes: number, numbers: number, arrays: number): number;
  read_counters(counters: number): void;
  readonly __heap_base: WebAssembly.Global;
}

const STACK_BYTES = 262_144;
const ARGUMENT_BYTES = 65_536;
/** A generous guess first; systems that limit address space refuse it. */
const MOST_PAGES = [65_536, 32_768, 16_384];

export const wasmPath = (file: string): string => fileURLToPath(new URL(`../wasm/${file}`, import.meta.url));

/** Whether threads and views that survive growth are to be had here. */
export const hasSharedMemory = (): boolean => typeof SharedArrayBuffer === "function";

/** Undefined when the engine can start, otherwise a sentence that says why not. */
export function wasmMissing(): string | undefined {
  const file = hasSharedMemory() ? "kernels.wasm" : "kernels-single.wasm";
  return existsSync(wasmPath(file)) ? undefined : `wasm/${file} has not been built (run setup)`;
}

function makeMemory(shared: boolean): WebAssembly.Memory {
  let reason: unknown;
  for (const maximum of MOST_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: 64, maximum, shared });
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`wasm engine: no memory to be had, got ${(reason as Error).message}`);
}

function outOfMemory(what: string, bytes: number): never {
  throw new RangeError(`wasm ${what}: the heap of at most 4 GiB is full, got a request for ${bytes} bytes`);
}

export async function wasmEngine(threads: number): Promise<Engine> {
  const missing = wasmMissing();
  if (missing !== undefined) throw new Error(`wasm engine: ${missing}`);
  const shared = hasSharedMemory();
  const bytes = readFileSync(wasmPath(shared ? "kernels.wasm" : "kernels-single.wasm"));
  const module = await WebAssembly.compile(bytes);
  const memory = makeMemory(shared);
  // The module asks for memory only while it works, and its start comes after `heap`.
  const late: { heap?: Heap } = {};
  const host = {
    allocate: (size: number): number => late.heap?.take(size >>> 0) ?? 0,
    release: (address: number): void => late.heap?.give(address >>> 0),
  };
  const instance = await WebAssembly.instantiate(module, { env: { memory }, host });
  const exports = instance.exports as unknown as Exports;
  const heap = makeHeap(memory, Number(exports.__heap_base.value) + ARGUMENT_BYTES);
  late.heap = heap;
  const used = shared ? threads : 1;
  const workers: Promise<void>[] = [];
  for (let thread = 1; thread < used; thread++) {
    const stack = heap.take(STACK_BYTES) ?? outOfMemory("engine", STACK_BYTES);
    workers.push(startWorker({ module, memory, stackTop: stack + STACK_BYTES, thread }));
  }
  await Promise.all(workers);
  exports.use_threads(used);
  const run = runner(exports, heap, Number(exports.__heap_base.value));
  return engineOn({
    name: "wasm",
    instructionSet: "simd128",
    threads: used,
    allocate(length) {
      wholeNumber("wasm allocate", "length", length, 0);
      // A memory that isn't shared takes its views away when it grows: then arrays stay outside and are copied.
      if (!shared) return new Float32Array(length);
      const address = heap.take(4 * length) ?? outOfMemory("allocate", 4 * length);
      return new Float32Array(heap.buffer(), address, length);
    },
    release(array) {
      if (heap.owns(array)) heap.give(array.byteOffset);
    },
    ...run,
  });
}

/** Writes invocations into the memory at `at`, copying arrays which don't lie there in and out. */
function runner(
  exports: Exports,
  heap: Heap,
  at: number,
): { run(i: Invocation): number; counters(): [number, number] } {
  const aligned = Math.ceil(at / 64) * 64;
  let broken = false;
  /** A trap leaves workers inside a job that never ends: after one, the engine refuses further calls. */
  const invoke: Exports["invoke"] = (...all) => {
    if (broken) throw new Error("wasm engine: an earlier call failed, so this engine can't be used again");
    broken = true;
    const outcome = exports.invoke(...all);
    broken = false;
    return outcome;
  };
  return {
    run({ operation, sizes, numbers, arrays, access }) {
      const borrowed: number[] = [];
      const copies: [AnyArray, number][] = [];
      try {
        const addresses = arrays.map((array, i) => {
          if (array === undefined || array.length === 0) return 0;
          if (heap.owns(array)) return array.byteOffset;
          const address = heap.take(array.byteLength) ?? outOfMemory(operation, array.byteLength);
          borrowed.push(address);
          if (access[i] !== "w") copyIn(heap, array, address);
          if (access[i] !== "r") copies.push([array, address]);
          return address;
        });
        const need = 8 * numbers.length + 4 * (addresses.length + sizes.length);
        let place = aligned;
        if (need > ARGUMENT_BYTES - 64) {
          place = heap.take(need) ?? outOfMemory(operation, need);
          borrowed.push(place);
        }
        const words = place + 8 * numbers.length;
        const buffer = heap.buffer();
        new Float64Array(buffer, place, numbers.length).set(numbers);
        new Uint32Array(buffer, words, addresses.length).set(addresses);
        new Int32Array(buffer, words + 4 * addresses.length, sizes.length).set(sizes);
        const outcome = invoke(operationNumber[operation], words + 4 * addresses.length, place, words);
        for (const [array, address] of copies) copyOut(heap, array, address);
        return outcome;
      } finally {
        for (const address of borrowed) heap.give(address);
      }
    },
    counters() {
      exports.read_counters(aligned);
      const [tiles = 0, multiplyAdds = 0] = new Float64Array(heap.buffer(), aligned, 2);
      return [tiles, multiplyAdds];
    },
  };
}

const bytesOf = (array: AnyArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function copyIn(heap: Heap, array: AnyArray, address: number): void {
  new Uint8Array(heap.buffer(), address, array.byteLength).set(bytesOf(array));
}
function copyOut(heap: Heap, array: AnyArray, address: number): void {
  bytesOf(array).set(new Uint8Array(heap.buffer(), address, array.byteLength));
}
