import type { Engine } from "@attention-lab/kernels";

/** What the pool needs from an engine: storage which its kernels reach without copying. */
export type Allocator = Pick<Engine, "allocate" | "release">;

/** Idle bytes kept for reuse. A training step of a 13 M parameter model leaves 340 MB between two steps. */
const defaultCapacity = 512 * 2 ** 20;

/**
 * Keeps the buffers of disposed tensors for the next tensor of the same length: a loop of equal steps allocates nothing.
 * Beyond `capacity` bytes the lengths unused for longest go back to the engine.
 */
export class BufferPool {
  readonly #allocator: Allocator;
  readonly #capacity: number;
  /** By length; a Map remembers insertion order, so its first key is the length unused for longest. */
  readonly #idle = new Map<number, Float32Array[]>();
  #idleBytes = 0;

  constructor(allocator: Allocator, capacity = defaultCapacity) {
    this.#allocator = allocator;
    this.#capacity = capacity;
  }

  /** Bytes waiting for reuse. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** An array of `length` floats; contents undefined. */
  take(length: number): Float32Array {
    const waiting = this.#idle.get(length)?.pop();
    if (waiting !== undefined) {
      this.#idleBytes -= waiting.byteLength;
      this.#touch(length);
      return waiting;
    }
    try {
      return this.#allocator.allocate(length);
    } catch (error) {
      // A WebAssembly heap has an end: what lies idle may be enough.
      if (this.#idleBytes === 0) throw error;
      this.clear();
      return this.#allocator.allocate(length);
    }
  }

  /** Takes back an array from `take`; the caller must not touch it again. */
  give(array: Float32Array): void {
    this.#touch(array.length).push(array);
    this.#idleBytes += array.byteLength;
    if (this.#idleBytes > this.#capacity) this.#shrink();
  }

  /** Gives every idle buffer back to the engine. */
  clear(): void {
    for (const waiting of this.#idle.values()) for (const array of waiting) this.#allocator.release(array);
    this.#idle.clear();
    this.#idleBytes = 0;
  }

  /** The idle arrays of this length, marked as used most recently. */
  #touch(length: number): Float32Array[] {
    const waiting = this.#idle.get(length) ?? [];
    this.#idle.delete(length);
    this.#idle.set(length, waiting);
    return waiting;
  }

  #shrink(): void {
    for (const [length, waiting] of this.#idle) {
      while (waiting.length > 0 && this.#idleBytes > this.#capacity) {
        const array = waiting.pop();
        if (array === undefined) break;
        this.#allocator.release(array);
        this.#idleBytes -= array.byteLength;
      }
      if (waiting.length === 0) this.#idle.delete(length);
      if (this.#idleBytes <= this.#capacity) return;
    }
  }
}
