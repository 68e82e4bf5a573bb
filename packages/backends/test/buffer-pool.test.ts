import { expect, test } from "vitest";
import { BufferPool } from "../src/buffer-pool.ts";

function allocator(limit = Number.POSITIVE_INFINITY) {
  const live = new Set<Float32Array>();
  return {
    live,
    allocate(length: number) {
      if (live.size >= limit) throw new RangeError("allocator: the heap is full");
      const array = new Float32Array(length);
      live.add(array);
      return array;
    },
    release(array: Float32Array) {
      if (!live.delete(array)) throw new Error("allocator: released twice");
    },
  };
}

test("a buffer that came back is the next one of its length, and of no other", () => {
  const pool = new BufferPool(allocator());
  const first = pool.take(8);
  pool.give(first);
  expect(pool.take(9)).not.toBe(first);
  expect(pool.take(8)).toBe(first);
  expect(pool.take(8)).not.toBe(first);
});

test("beyond its capacity the pool gives back the lengths unused for longest", () => {
  const engine = allocator();
  const pool = new BufferPool(engine, 100);
  const [old, young, newest] = [pool.take(10), pool.take(11), pool.take(12)];
  pool.give(old); // 40 bytes
  pool.give(young); // 84 bytes
  pool.give(newest); // 132 bytes: one too many
  expect(engine.live.has(old)).toBe(false);
  expect(engine.live.has(young)).toBe(true);
  expect(pool.idleBytes).toBe(92);
});

test("a full heap is tried again without the idle buffers", () => {
  const engine = allocator(2);
  const pool = new BufferPool(engine);
  pool.give(pool.take(4));
  const kept = pool.take(5);
  expect(pool.take(6).length).toBe(6);
  expect(engine.live.has(kept)).toBe(true);
  expect(() => pool.take(7)).toThrow("allocator: the heap is full");
});
