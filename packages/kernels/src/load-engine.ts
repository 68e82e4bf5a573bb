import os from "node:os";
import { wholeNumber } from "./check.ts";
import type { Engine } from "./engine.ts";
import { loadAddon, nativeEngine, nativeInstructionSets } from "./native-engine.ts";
import { hasSharedMemory, wasmEngine, wasmMissing } from "./wasm-engine.ts";

/** The pool in csrc/pool.c has room for as many. */
const MOST_THREADS = 64;

export interface EngineOptions {
  /** Threads that share a large call, this one included; as many as the machine runs at once when absent. */
  readonly threads?: number;
  /** Native only: an instruction set that `describeEngines` lists; the best when absent. */
  readonly instructionSet?: string;
}

export interface EngineReport {
  readonly name: Engine["name"];
  readonly available: boolean;
  /** One sentence: what it runs on, or why it can't. */
  readonly why: string;
  /** The best one of this machine. */
  readonly instructionSet?: string;
  /** All of this machine, best first. */
  readonly instructionSets: readonly string[];
  readonly threads: number;
}

function defaultThreads(): number {
  return Math.max(1, Math.min(MOST_THREADS, os.availableParallelism()));
}

/**
 * Starts an engine. Its threads sleep between calls and don't keep the process alive.
 * @throws Error when the engine isn't there (a sentence says why), RangeError when an option is out of range
 */
export async function loadEngine(name: Engine["name"], options: EngineOptions = {}): Promise<Engine> {
  const threads = options.threads ?? defaultThreads();
  wholeNumber("loadEngine", "threads", threads);
  const used = Math.min(threads, MOST_THREADS);
  if (name === "native") return nativeEngine(used, options.instructionSet);
  if (name === "wasm") return wasmEngine(used);
  throw new RangeError(`loadEngine: name must be native or wasm, got ${String(name)}`);
}

/** What each engine would run on here; starts nothing. */
export function describeEngines(): Promise<EngineReport[]> {
  const loaded = loadAddon();
  const sets = typeof loaded === "string" ? [] : nativeInstructionSets(loaded.addon);
  const threads = defaultThreads();
  const native: EngineReport = {
    name: "native",
    available: typeof loaded !== "string",
    why:
      typeof loaded === "string"
        ? loaded
        : `the native addon ${loaded.origin} runs with ${sets[0]} on ${threads} threads`,
    ...(sets[0] === undefined ? {} : { instructionSet: sets[0] }),
    instructionSets: sets,
    threads,
  };
  const missing = wasmMissing();
  const wasmThreads = hasSharedMemory() ? threads : 1;
  const wasm: EngineReport = {
    name: "wasm",
    available: missing === undefined,
    why: missing ?? `WebAssembly runs with simd128 on ${wasmThreads} threads`,
    instructionSet: "simd128",
    instructionSets: ["simd128"],
    threads: wasmThreads,
  };
  return Promise.resolve([native, wasm]);
}
