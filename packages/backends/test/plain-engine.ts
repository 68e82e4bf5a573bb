import type { BinaryOperation, Engine, Four, Operand, UnaryOperation } from "@attention-lab/kernels";

/** Every array of this engine lies in one buffer, as in a WebAssembly heap. */
class Heap {
  readonly #buffer = new ArrayBuffer(64 * 2 ** 20);
  readonly #free = new Map<number, number[]>();
  #top = 0;
  live = 0;

  allocate(length: number): Float32Array {
    this.live++;
    const offset = this.#free.get(length)?.pop() ?? this.#top;
    if (offset === this.#top) this.#top += length * 4;
    return new Float32Array(this.#buffer, offset, length).fill(Number.NaN);
  }

  release(array: Float32Array): void {
    this.live--;
    this.#free.set(array.length, [...(this.#free.get(array.length) ?? []), array.byteOffset]);
  }

  holds(array: Float32Array): boolean {
    return array.buffer === this.#buffer;
  }
}

const unaryFunctions: Partial<Record<UnaryOperation, (x: number, parameter: number) => number>> = {
  relu: (x) => Math.max(0, x),
  exp: Math.exp,
  negate: (x) => -x,
  square: (x) => x * x,
  step: (x, alpha) => (x > 0 ? 1 : alpha),
};
const binaryFunctions: Partial<Record<BinaryOperation, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
};

const read = ({ values, broadcast }: Operand, row: number, column: number, columns: number): number =>
  values[{ full: row * columns + column, scalar: 0, row: column, column: row }[broadcast]] ?? Number.NaN;

export interface PlainEngine extends Engine {
  readonly heap: Heap;
}

/**
 * The few operations that the tests of storage and layout need, in plain TypeScript on one heap whose fresh arrays hold NaN.
 * It refuses arrays from outside the heap, so it proves that the backend brings every input in.
 */
export function plainEngine(): PlainEngine {
  const heap = new Heap();
  const inside = (...arrays: Float32Array[]): void => {
    if (!arrays.every((array) => heap.holds(array))) throw new Error("plain engine: every array must lie in the heap");
  };
  const operations: Partial<Engine> = {
    name: "wasm",
    instructionSet: "plain",
    threads: 1,
    tile: { queries: 4, keys: 4 },
    allocate: (length) => heap.allocate(length),
    release: (array) => heap.release(array),
    unary(operation, x, y, parameter = 0) {
      inside(x, y);
      const f = unaryFunctions[operation];
      if (f === undefined) throw new Error(`plain engine: no ${operation}`);
      x.forEach((value, i) => (y[i] = f(value, parameter)));
    },
    binary(operation, rows, columns, a, b, y) {
      inside(a.values, b.values, y);
      const f = binaryFunctions[operation];
      if (f === undefined) throw new Error(`plain engine: no ${operation}`);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) y[r * columns + c] = f(read(a, r, c, columns), read(b, r, c, columns));
      }
    },
    reduceRows(_operation, rows, columns, scale, x, y) {
      inside(x, y);
      for (let r = 0; r < rows; r++)
        y[r] = scale * x.subarray(r * columns, (r + 1) * columns).reduce((a, b) => a + b, 0);
    },
    reduceColumns(rows, columns, scale, x, y) {
      inside(x, y);
      y.fill(0).forEach((_, c) => {
        for (let r = 0; r < rows; r++) y[c] = (y[c] ?? 0) + scale * (x[r * columns + c] ?? 0);
      });
    },
    permute(counts: Four, strides: Four, run, x, xOffset, y, yOffset, yStrides: Four) {
      inside(x, y);
      for (let i = 0; i < counts[0]; i++)
        for (let j = 0; j < counts[1]; j++)
          for (let k = 0; k < counts[2]; k++)
            for (let l = 0; l < counts[3]; l++) {
              const from = xOffset + i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3];
              const to = yOffset + i * yStrides[0] + j * yStrides[1] + k * yStrides[2] + l * yStrides[3];
              for (let n = 0; n < run; n++) y[to + n] = x[from + n] ?? Number.NaN;
            }
    },
  };
  return Object.assign(operations as Engine, { heap });
}
