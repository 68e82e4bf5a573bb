import fc from "fast-check";
import { expect, it } from "vitest";
import { loadEngine } from "../src/index.ts";
import { makeHeap, sizeClass } from "../src/wasm-heap.ts";

it("a size class holds its bytes, wastes at most a quarter above 256, and is its own class", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 }), (bytes) => {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 64).toBe(0);
      expect(sizeClass(size)).toBe(size);
      if (bytes > 256) expect(size).toBeLessThanOrEqual(1.25 * bytes + 64);
    }),
  );
});

it("blocks in use never overlap, and freed ones are used again", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40_000 })), { maxLength: 80 }), (steps) => {
      const heap = makeHeap(new WebAssembly.Memory({ initial: 1, maximum: 100, shared: true }), 1000);
      const used: [number, number][] = [];
      for (const [free, bytes] of steps) {
        const block = free ? used.pop() : undefined;
        if (block !== undefined) heap.give(block[0]);
        else {
          const address = heap.take(bytes);
          if (address !== undefined) used.push([address, bytes]);
        }
      }
      const sorted = used.toSorted((a, b) => a[0] - b[0]);
      for (const [i, [address, bytes]] of sorted.entries()) {
        expect(address).toBeGreaterThanOrEqual(1000);
        expect(address + bytes).toBeLessThanOrEqual(sorted[i + 1]?.[0] ?? heap.buffer().byteLength);
      }
      const [first] = used;
      if (first === undefined) return;
      heap.give(first[0]);
      expect(heap.take(first[1])).toBe(first[0]);
    }),
    { numRuns: 50 },
  );
});

it("the end of memory is undefined on the heap and one sentence from the engine", async () => {
  const heap = makeHeap(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }), 0);
  expect(heap.take(200_000)).toBeUndefined();
  expect(heap.take(1000)).toBe(0);
  const engine = await loadEngine("wasm", { threads: 1 });
  expect(() => engine.allocate(2 ** 30)).toThrow(
    /^wasm allocate: the heap of at most 4 GiB is full, got a request for 4294967296 bytes$/,
  );
  expect(engine.allocate(10)).toHaveLength(10);
});
