import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** Remembers the most bytes of buffers that were in use at once. */
export class BufferMeter {
  readonly #buffers: WebGPUBackend["bufferManager"];
  #base = 0;
  #peak = 0;

  constructor(buffers: WebGPUBackend["bufferManager"]) {
    this.#buffers = buffers;
    const acquire = buffers.acquireBuffer.bind(buffers);
    buffers.acquireBuffer = (...request: Parameters<typeof acquire>): GPUBuffer => {
      const buffer = acquire(...request);
      this.#peak = Math.max(this.#peak, this.live);
      return buffer;
    };
  }

  /** Bytes in use now. */
  get live(): number {
    return this.#buffers["numBytesUsed"];
  }

  /** Most bytes in use since the last reset, above the level at that reset. */
  get peakAboveReset(): number {
    return this.#peak - this.#base;
  }

  reset(): void {
    this.#base = this.live;
    this.#peak = this.live;
  }
}
