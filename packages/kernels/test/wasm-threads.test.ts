import { readFileSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { loadEngine } from "../src/index.ts";
import { operationNumber } from "../src/operations.ts";
import { wasmPath } from "../src/wasm-engine.ts";
import { startWorker } from "../src/wasm-workers.ts";
import { randomArray, sameBits, unwritten } from "./engines.ts";

afterEach(() => vi.unstubAllGlobals());

it("without SharedArrayBuffer it runs on one thread, with the same bits", async () => {
  const [a, b] = [randomArray(1, 200 * 300), randomArray(2, 300 * 100)];
  const product = async (): Promise<[number, Float32Array]> => {
    const engine = await loadEngine("wasm", { threads: 2 });
    const c = engine.allocate(200 * 100);
    // A large array makes the heap grow: a memory that isn't shared would take views away.
    const large = engine.allocate(9_000_000);
    engine.gemm({ m: 200, n: 100, k: 300, a, b, c });
    engine.unary("relu", large, large);
    return [engine.threads, c.slice()];
  };
  const [threads, shared] = await product();
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const [fewer, single] = await product();
  expect([threads, fewer]).toEqual([2, 1]);
  expect(sameBits(single, shared)).toBe(true);
});

it("a worker that traps fails the call instead of hanging it, and the next call works", async () => {
  const memory = new WebAssembly.Memory({ initial: 3000, maximum: 4000, shared: true });
  const module = new WebAssembly.Module(readFileSync(wasmPath("kernels.wasm")));
  let top = 2 ** 26;
  const host = { allocate: (bytes: number) => (top += bytes + 64) - bytes, release: () => undefined };
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, host });
  const { invoke, use_threads: useThreads } = exports as Record<string, (...values: number[]) => number>;
  // A stack outside the memory: the first kernel that uses it traps.
  await startWorker({ module, memory, stackTop: 2 ** 31, thread: 1 });
  useThreads!(2);
  const at = 2 ** 24;
  const [sizes, numbers, arrays, x] = [at, at + 64, at + 128, 2 ** 25];
  const dropout = (length: number): number => {
    new Int32Array(memory.buffer, sizes, 5).set([length, 1, 2, 3, 4]);
    new Float64Array(memory.buffer, numbers, 1).set([0.5]);
    new Uint32Array(memory.buffer, arrays, 2).set([x, x]);
    return invoke!(operationNumber.dropout, sizes, numbers, arrays);
  };
  // On a busy machine the worker may sleep through a job, which then ends well without it.
  let outcome = 0;
  for (let i = 0; i < 50 && outcome === 0; i++) outcome = dropout(10_000_000);
  expect(outcome).toBe(2);
  expect(dropout(1000)).toBe(0);
});

it("threads share the work of one engine", async () => {
  const engine = await loadEngine("wasm", { threads: 4 });
  const n = 500_000;
  const x = randomArray(3, n);
  for (let i = 0; i < 200; i++) {
    const y = unwritten(n);
    engine.unary("negate", x, y);
    if (i % 50 === 0)
      expect(
        sameBits(
          y,
          x.map((v) => -v),
        ),
      ).toBe(true);
  }
});
