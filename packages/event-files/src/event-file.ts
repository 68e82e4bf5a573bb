import { closeSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { startEvent, scalarsEvent, versionEvent } from "./event.ts";
import { record } from "./record.ts";

export interface EventFileOptions {
  /** An existing folder; TensorBoard shows it as one run, whatever number of event files is in it. */
  readonly folder: string;
  /** The first step that this file will tell of: a reader drops what older files say of it and later steps. 0 unless given. */
  readonly firstStep?: number;
  /** Seconds since 1970; the clock's unless given. */
  readonly now?: () => number;
}

let made = 0;

/**
 * A new TensorBoard event file that scalars are appended to: TFRecord frames around TensorFlow's Event messages.
 * Every call writes its record at once. Errors: those of the file system.
 */
export class EventFile {
  readonly path: string;
  readonly #handle: number;
  readonly #now: () => number;

  constructor({ folder, firstStep = 0, now = () => Date.now() / 1000 }: EventFileOptions) {
    const wallTime = now();
    // Readers take files in the order of their names, which therefore begin with the time; the rest makes the name unique.
    const parts = [
      "events.out.tfevents",
      String(Math.floor(wallTime)).padStart(10, "0"),
      hostname(),
      process.pid,
      made++,
    ];
    this.path = join(folder, parts.join("."));
    this.#now = now;
    this.#handle = openSync(this.path, "wx");
    this.#append(versionEvent(wallTime));
    this.#append(startEvent({ wallTime, step: firstStep }));
  }

  /** Values of a step by name, such as `train/loss`: a name's first part groups the charts. NaN and infinities may be written. */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.#append(scalarsEvent({ wallTime: this.#now(), step }, values));
  }

  close(): void {
    closeSync(this.#handle);
  }

  #append(event: Uint8Array): void {
    const bytes = record(event);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#handle, bytes, done);
  }
}
