/**
 * WebGPU reports errors by events, long after the call that caused them, and fills results with zeros meanwhile. Here they are kept until
 * somebody reads a value, who gets them thrown.
 */
export class DeviceFaults {
  readonly #found: string[] = [];
  #lost: string | undefined;
  /** Rejects when the device is lost. */
  readonly lost: Promise<never>;

  constructor(device: GPUDevice) {
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      // Otherwise it is also printed, in many lines.
      event.preventDefault();
      const [line = ""] = error.message.split("\n");
      this.#found.push(`${kindOf(error)}: ${line}`);
    });
    this.lost = device.lost.then(({ reason, message }) => {
      this.#lost = `webgpu: the device was lost (${reason}): ${message.split("\n")[0] ?? ""}`;
      throw new Error(this.#lost);
    });
    // Nobody may be reading at that moment.
    this.lost.catch(() => undefined);
  }

  /** Throws what has gone wrong since the last call; a lost device stays lost. */
  throwFound(): void {
    if (this.#lost !== undefined) throw new Error(this.#lost);
    const [first, ...others] = this.#found.splice(0);
    if (first === undefined) return;
    throw new Error(`webgpu: ${first}${others.length > 0 ? ` (and ${others.length} more)` : ""}`);
  }
}

function kindOf(error: GPUError): string {
  const name = error.constructor.name;
  if (name === "GPUOutOfMemoryError") return "out of memory on the device";
  return name === "GPUValidationError" ? "a command was not valid" : "the driver failed";
}
