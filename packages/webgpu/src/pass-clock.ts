/** Queries of one set: as many as WebGPU allows. */
const queriesPerSet = 4096;
const bytesPerQuery = 8;

/** What a clock needs of the backend whose passes it times. */
export interface Timeable {
  readonly device: GPUDevice;
  /** Submits what was recorded so far. */
  flush(): void;
}

/**
 * Adds up how long a device spends in compute passes: two timestamps at each pass, read together at the end. Every pass counts, whether its
 * programs are ours or TensorFlow.js's; waiting, uploading, reading and compiling do not.
 */
export class PassClock {
  readonly #of: Timeable;
  /** Sets of the passes since `start`: all but the last are full. */
  #sets: GPUQuerySet[] = [];
  /** Queries taken of the last set. */
  #used = queriesPerSet;
  #running = false;

  constructor(of: Timeable) {
    this.#of = of;
  }

  start(): void {
    this.#of.flush();
    this.#running = true;
  }

  /** Seconds in the passes since `start`, when all of them are done. */
  async stop(): Promise<number> {
    this.#of.flush();
    this.#running = false;
    const [sets, used] = [this.#sets, this.#used];
    this.#sets = [];
    this.#used = queriesPerSet;
    const seconds: number[] = [];
    for (const [index, set] of sets.entries()) {
      const stamps = await this.#read(set, index === sets.length - 1 ? used : queriesPerSet);
      // In nanoseconds. A driver that was reset meanwhile may count from 0 again.
      for (let i = 0; i < stamps.length; i += 2)
        seconds.push(Math.max(0, Number((stamps[i + 1] ?? 0n) - (stamps[i] ?? 0n)) / 1e9));
      set.destroy();
    }
    return seconds.reduce((sum, one) => sum + one, 0);
  }

  /** Makes the passes of an encoder write timestamps, while the clock runs. */
  watch(encoder: GPUCommandEncoder): void {
    if (!this.#running) return;
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor = {}) =>
      begin(descriptor.timestampWrites === undefined ? { ...descriptor, timestampWrites: this.#next() } : descriptor);
  }

  #next(): NonNullable<GPUComputePassDescriptor["timestampWrites"]> {
    if (this.#used === queriesPerSet) {
      this.#sets.push(this.#of.device.createQuerySet({ type: "timestamp", count: queriesPerSet }));
      this.#used = 0;
    }
    this.#used += 2;
    const querySet = this.#sets.at(-1) as GPUQuerySet;
    return { querySet, beginningOfPassWriteIndex: this.#used - 2, endOfPassWriteIndex: this.#used - 1 };
  }

  async #read(set: GPUQuerySet, count: number): Promise<BigUint64Array> {
    const { device } = this.#of;
    const size = count * bytesPerQuery;
    const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    const stamps = new BigUint64Array(readable.getMappedRange().slice(0));
    for (const buffer of [resolved, readable]) buffer.destroy();
    return stamps;
  }
}
