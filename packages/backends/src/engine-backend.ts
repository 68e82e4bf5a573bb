import type { Engine } from "@attention-lab/kernels";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { type backend_util, type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { BufferPool } from "./buffer-pool.ts";
import { ByteMeter } from "./byte-meter.ts";
import { type Shape, sizeOf } from "./shapes.ts";

type Values = backend_util.BackendValues;

/**
 * The stock cpu backend (its storage and all of its kernels) whose hot kernels run on an engine.
 *
 * Two kinds of storage live side by side. *Owned* entries lie in buffers of the engine and go back to the pool with their last
 * tensor; nothing outside the backend ever sees such a buffer, so `readSync` copies it. All other entries are arrays which
 * `tensor()` or a stock kernel brought along: they are never pooled. An engine with a heap of its own takes a copy of them when
 * one of its kernels first reads them, and the entry is owned from then on.
 */
export class EngineBackend extends MathBackendCPU {
  readonly engine: Engine;
  readonly pool: BufferPool;
  /** Bytes of live entries, counted when an entry is made and when it is disposed, and of scratch; idle pool buffers are not live. */
  readonly meter = new ByteMeter();
  readonly #owned = new WeakSet<object>();
  readonly #hasOwnHeap: boolean;
  /** Outputs of the kernel that is running. */
  #unfinished: TensorInfo[] = [];

  constructor(engine: Engine, poolCapacity?: number) {
    super();
    this.engine = engine;
    this.pool = new BufferPool(engine, poolCapacity);
    this.#hasOwnHeap = engine.name === "wasm";
  }

  /** A new float32 tensor whose elements the caller's kernel must all write. */
  output(shape: Shape): TensorInfo {
    const dataId = this.#enter({}, this.pool.take(sizeOf(shape)), "float32", 1);
    this.#owned.add(dataId);
    const tensor: TensorInfo = { dataId, shape: [...shape], dtype: "float32" };
    this.#unfinished.push(tensor);
    return tensor;
  }

  /** Runs a kernel; if it throws, its outputs are disposed, since no tensor will ever hold them. */
  orNothing<T>(kernel: () => T): T {
    this.#unfinished = [];
    try {
      return kernel();
    } catch (error) {
      for (const { dataId } of this.#unfinished) this.disposeData(dataId);
      throw error;
    } finally {
      this.#unfinished = [];
    }
  }

  /** The elements of a float32 tensor, in place: for kernels only, and only for the length of a call. */
  values(tensor: TensorInfo): Float32Array {
    const entry = this.data.get(tensor.dataId);
    const values = entry.values;
    if (values instanceof Float32Array && (!this.#hasOwnHeap || this.#owned.has(tensor.dataId))) return values;
    const numbers = numbersOf(values);
    // A float tensor may share the bytes of a mask (a cast that came from elsewhere): its entry must stay what it is.
    if (entry.dtype !== "float32") return Float32Array.from(numbers);
    const copy = this.#hasOwnHeap ? this.pool.take(numbers.length) : new Float32Array(numbers.length);
    copy.set(numbers);
    entry.values = copy;
    if (this.#hasOwnHeap) this.#owned.add(tensor.dataId);
    return copy;
  }

  /** The elements of an integer tensor. */
  integers(tensor: TensorInfo): Int32Array {
    const { values } = this.data.get(tensor.dataId);
    return values instanceof Int32Array ? values : Int32Array.from(numbersOf(values));
  }

  /** Runs `body` on scratch from the pool, which counts as live meanwhile. */
  withScratch<T>(length: number, body: (scratch: Float32Array) => T): T {
    const scratch = this.pool.take(length);
    this.meter.add(scratch.byteLength);
    try {
      return body(scratch);
    } finally {
      this.meter.remove(scratch.byteLength);
      this.pool.give(scratch);
    }
  }

  /** Whether a kernel may write into this tensor: its buffer is ours and no other tensor shares it. */
  isWritable(tensor: TensorInfo): boolean {
    return this.#owned.has(tensor.dataId) && this.refCount(tensor.dataId) === 1;
  }

  /** Another tensor on the same elements. */
  alias(tensor: TensorInfo, shape: Shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  /** Copies the elements of `output` if they lie in a pooled buffer of `input`: stock kernels return views, such as slices. */
  detach(output: TensorInfo, input: TensorInfo): void {
    if (output.dataId === input.dataId || !this.#owned.has(input.dataId) || !this.data.has(input.dataId)) return;
    const entry = this.data.get(output.dataId);
    const source = this.data.get(input.dataId).values;
    if (ArrayBuffer.isView(entry.values) && ArrayBuffer.isView(source) && overlap(entry.values, source)) {
      entry.values = entry.values.slice();
    }
  }

  override write(values: Values, _shape: number[], dtype: DataType): object {
    return this.#enter({}, values, dtype, 1);
  }

  override move(dataId: object, values: Values, _shape: number[], dtype: DataType, refCount: number): void {
    this.#enter(dataId, values, dtype, refCount);
  }

  override readSync(dataId: object): Values {
    const values = super.readSync(dataId);
    return this.#owned.has(dataId) && values instanceof Float32Array ? values.slice() : values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (entry === undefined || !gone) return gone;
    this.meter.remove(bytesOf(entry.values, entry.dtype));
    if (this.#owned.delete(dataId) && entry.values instanceof Float32Array) this.pool.give(entry.values);
    return gone;
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  override dispose(): void {
    this.pool.clear();
  }

  #enter(dataId: object, values: Values, dtype: DataType, refCount: number): object {
    this.data.set(dataId, { values, dtype, refCount });
    this.meter.add(bytesOf(values, dtype));
    return dataId;
  }
}

/** Stock kernels sometimes store plain arrays of numbers. */
function numbersOf(values: unknown): ArrayLike<number> {
  if (Array.isArray(values) || ArrayBuffer.isView(values)) return values as unknown as ArrayLike<number>;
  throw new TypeError(`attn backend: a kernel's input must hold numbers, got ${typeof values}`);
}

function bytesOf(values: Values | undefined, dtype: DataType): number {
  if (values === undefined || values === null) return 0; // a complex tensor: its two parts are entries of their own
  if (dtype !== "string") return values.length * util.bytesPerElement(dtype);
  let bytes = 0;
  // A fresh string buffer has holes.
  for (const text of values as (Uint8Array | undefined)[]) bytes += text?.length ?? 0;
  return bytes;
}

/** All views of a WebAssembly heap share one buffer, so the byte ranges decide. */
function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
