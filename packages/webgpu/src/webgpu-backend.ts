import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { type backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type AdapterReport, infoOf } from "./adapter.ts";
import { BufferMeter, limitIdleBuffers } from "./buffer-meter.ts";
import { DeviceFaults } from "./device-faults.ts";
import { PassClock } from "./pass-clock.ts";

type Values = backend_util.BackendValues;

/** Bytes of released buffers that are kept for the next tensors of their sizes. */
const mostIdleBytes = 2 ** 30;

/** TensorFlow.js's WebGPU backend whose errors reach whoever reads, and whose live bytes are counted. */
export class CheckedWebGPUBackend extends WebGPUBackend {
  readonly adapter: AdapterReport;
  /** Bytes of buffers in use; a disposed tensor's buffer counts until the commands that use it are submitted. */
  readonly meter: BufferMeter;
  /** Seconds of the device itself; undefined where the adapter has no timestamp queries. */
  readonly clock: PassClock | undefined;
  readonly #faults: DeviceFaults;

  constructor(device: GPUDevice, adapter: GPUAdapter, report: AdapterReport) {
    super(device, infoOf(adapter));
    this.adapter = report;
    this.#faults = new DeviceFaults(device);
    this.meter = new BufferMeter(this.bufferManager, () => WebGPUBackend["nextDataId"]);
    limitIdleBuffers(this.bufferManager, mostIdleBytes);
    this.clock = device.features.has("timestamp-query") ? new PassClock(this) : undefined;
  }

  /** Submits the commands that were recorded so far. */
  flush(): void {
    if (!this["commandEncoder"]) return;
    this.endComputePassEncoder();
    this.submitQueue();
  }

  override ensureCommandEncoderReady(): void {
    const recording = this["commandEncoder"];
    super.ensureCommandEncoderReady();
    if (!recording) this.clock?.watch(this["commandEncoder"]);
  }

  /** Throws what went wrong on the device since the last read: WebGPU itself would answer with zeros. */
  override async read(dataId: object): Promise<Values> {
    this.#faults.throwFound();
    const values = await Promise.race([this.#download(dataId), this.#faults.lost]);
    this.#faults.throwFound();
    return values;
  }

  async #download(dataId: object): Promise<Values> {
    try {
      return await super.read(dataId);
    } catch (error) {
      this.#faults.throwFound();
      throw error;
    }
  }

  override readSync(dataId: object): Values {
    const { values } = this.tensorMap.get(dataId);
    if (values === null || values === undefined) {
      throw new Error("webgpu: values must be read with `await data()`, got dataSync()");
    }
    return values;
  }

  override uploadToGPU(dataId: object): void {
    const { shape, resource } = this.tensorMap.get(dataId);
    if (resource !== undefined && resource !== null) return;
    const bytes = 4 * util.sizeFromShape(shape);
    const most = this.device.limits.maxStorageBufferBindingSize;
    if (bytes > most) {
      throw new RangeError(
        `webgpu: a tensor must fit one binding of ${most} bytes on ${this.adapter.description}, got [${shape.join(",")}] of ${bytes} bytes; take a smaller batch or length`,
      );
    }
    this.meter.uploading((dataId as { readonly id: number }).id, bytes);
    super.uploadToGPU(dataId);
  }

  /** The buffer of a tensor, uploaded if it is not there yet. */
  bufferOf({ dataId }: TensorInfo): GPUBuffer {
    this.uploadToGPU(dataId);
    return this.tensorMap.get(dataId).resource as GPUBuffer;
  }

  /** Forgets the copy that a reader was given, after a kernel wrote in place. */
  forgetRead({ dataId }: TensorInfo): void {
    const entry = this.tensorMap.get(dataId) as { values: Values | null };
    entry.values = null;
  }
}
