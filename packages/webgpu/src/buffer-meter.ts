import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

type Buffers = WebGPUBackend["bufferManager"];

/**
 * Counts the bytes of storage buffers in use, tensors and the scratch of kernels, and remembers the most at once. Not counted are buffers that
 * only carry values to or from the device, uniforms, and what TensorFlow.js keeps for its next tensor of the same size.
 */
export class BufferMeter {
  readonly #nextData: () => number;
  #live = 0;
  #base = 0;
  #peak = 0;
  #firstAfterReset = 0;

  /** `nextData` tells the number that the next tensor's data will get. */
  constructor(buffers: Buffers, nextData: () => number) {
    this.#nextData = nextData;
    const acquire = buffers.acquireBuffer.bind(buffers);
    buffers.acquireBuffer = (...request: Parameters<typeof acquire>): GPUBuffer => {
      const buffer = acquire(...request);
      if (holdsValues(buffer)) this.#live += buffer.size;
      this.#peak = Math.max(this.#peak, this.#live);
      return buffer;
    };
    const release = buffers.releaseBuffer.bind(buffers);
    buffers.releaseBuffer = (...request: Parameters<typeof release>): void => {
      const [buffer] = request;
      release(...request);
      if (holdsValues(buffer)) this.#live -= buffer.size;
    };
  }

  /** Bytes in use now. */
  get live(): number {
    return this.#live;
  }

  /** Most bytes in use since the last reset, above the level at that reset. */
  get peakAboveReset(): number {
    return this.#peak - this.#base;
  }

  reset(): void {
    this.#base = this.#live;
    this.#peak = this.#live;
    this.#firstAfterReset = this.#nextData();
  }

  /** Told before a tensor's first upload: one that was made before the last reset counts as if it had been on the device by then. */
  uploading(data: number, bytes: number): void {
    if (data >= this.#firstAfterReset) return;
    this.#base += bytes;
    this.#peak += bytes;
  }
}

function holdsValues({ usage }: GPUBuffer): boolean {
  return (usage & GPUBufferUsage.STORAGE) !== 0;
}

/**
 * TensorFlow.js keeps every released buffer for its next tensor of the same size, for ever: over the lengths of a sweep they fill a card. Here
 * all of them go once they are more than `most` bytes together.
 */
export function limitIdleBuffers(buffers: Buffers, most: number): void {
  const release = buffers.releaseBuffer.bind(buffers);
  buffers.releaseBuffer = (...request: Parameters<typeof release>): void => {
    release(...request);
    if (buffers["numBytesAllocated"] - buffers["numBytesUsed"] > most) freeIdle(buffers);
  };
}

function freeIdle(buffers: Buffers): void {
  for (const idle of buffers["freeBuffers"].values()) {
    // Commands that were submitted still have what they need: WebGPU destroys a buffer after them.
    for (const buffer of idle.splice(0)) {
      buffers["numBytesAllocated"] -= buffer.size;
      buffers["numFreeBuffers"]--;
      buffer.destroy();
    }
  }
}
