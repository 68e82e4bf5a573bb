/**
 * A heap on a growing WebAssembly memory: size classes with free lists, all bookkeeping on the JavaScript side. Classes are four
 * to a power of two, so that at most a fifth of a block is unused and a freed block soon serves again.
 */
export interface Heap {
  /** Address of at least `bytes` bytes, aligned to 64; undefined when memory ends. */
  take(bytes: number): number | undefined;
  /** Gives back an address from `take`; others are ignored. */
  give(address: number): void;
  /** The memory's present buffer; replaced when it grows, while a shared memory's earlier buffers stay valid. */
  buffer(): ArrayBufferLike;
  /** Whether the array lies on this heap, so that kernels reach it by its byteOffset. */
  owns(array: ArrayBufferView): boolean;
}

const PAGE = 65536;

/** The class that serves `bytes`: 64, 80, 96, 112, 128, 160, ... rounded to 64 where classes lie closer. */
export function sizeClass(bytes: number): number {
  if (bytes <= 64) return 64;
  const quarter = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil((Math.ceil(bytes / quarter) * quarter) / 64) * 64;
}

export function makeHeap(memory: WebAssembly.Memory, start: number): Heap {
  const free = new Map<number, number[]>();
  const taken = new Map<number, number>();
  const buffers = new WeakSet<ArrayBufferLike>([memory.buffer]);
  let top = Math.ceil(start / 64) * 64;

  /** Whether memory now reaches `end`. Grows by a quarter where it can, because each growth is a system call. */
  function reach(end: number): boolean {
    const have = memory.buffer.byteLength;
    if (end <= have) return true;
    const least = Math.ceil((end - have) / PAGE);
    for (const pages of [Math.max(least, Math.ceil(have / PAGE / 4)), least]) {
      try {
        memory.grow(pages);
        buffers.add(memory.buffer);
        return true;
      } catch {
        // Beyond the maximum, or the machine has no more: try the least, then give up.
      }
    }
    return false;
  }

  return {
    take(bytes) {
      const size = sizeClass(bytes);
      const reused = free.get(size)?.pop();
      const address = reused ?? top;
      if (reused === undefined) {
        if (!reach(top + size)) return undefined;
        top += size;
      }
      taken.set(address, size);
      return address;
    },
    give(address) {
      const size = taken.get(address);
      if (size === undefined) return;
      taken.delete(address);
      const list = free.get(size);
      if (list === undefined) free.set(size, [address]);
      else list.push(address);
    },
    buffer: () => memory.buffer,
    owns: (array) => buffers.has(array.buffer),
  };
}
