import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { type backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type AdapterReport, infoOf } from "./adapter.ts";
import { BufferMeter } from "./buffer-meter.ts";
import { DeviceFaults } from "./device-faults.ts";

type Values = backend_util.BackendValues;

/** TensorFlow.js's WebGPU backend whose errors reach whoever reads, and whose live bytes are counted. */
export class CheckedWebGPUBackend extends WebGPUBackend {
  readonly adapter: AdapterReport;
  /** Bytes of buffers in use; a disposed tensor's buffer counts until the commands that use it are submitted. */
  readonly meter: BufferMeter;
  readonly #faults: DeviceFaults;

  constructor(device: GPUDevice, adapter: GPUAdapter, report: AdapterReport) {
    super(device, infoOf(adapter));
    this.adapter = report;
    this.#faults = new DeviceFaults(device);
    this.meter = new BufferMeter(this.bufferManager);
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
    const bytes = 4 * util.sizeFromShape(shape);
    const most = this.device.limits.maxStorageBufferBindingSize;
    if ((resource === undefined || resource === null) && bytes > most) {
      throw new RangeError(
        `webgpu: a tensor must fit one binding of ${most} bytes on ${this.adapter.description}, got [${shape.join(",")}] of ${bytes} bytes; take a smaller batch or length`,
      );
    }
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
