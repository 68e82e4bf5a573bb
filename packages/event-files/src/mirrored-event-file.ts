import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { startEvent, scalarsEvent, summaryEvent, versionEvent } from "./event.ts";
import { endSummary, type Hyperparameter, type RunStatus, startSummary } from "./hyperparameters.ts";
import { joined } from "./protobuf.ts";
import { record } from "./record.ts";

export interface MirroredEventFileOptions {
  /** An existing folder; TensorBoard shows it as one run. */
  readonly folder: string;
  /** Which file of the run this is, from 1: it replaces what the files before it have told. */
  readonly part: number;
  /** When the part began, in seconds since 1970. */
  readonly begun: number;
  /** Seconds since 1970; the clock's unless given. */
  readonly now?: () => number;
}

/**
 * An event file that mirrors something that is kept elsewhere, told from its beginning whenever a process starts to mirror it. Equal tellings are equal
 * bytes (but for clocks, which have a fixed size), each at its own place: told again after a crash, or by two processes at once, nothing is in the file
 * twice, and a torn end is mended. `flush` writes; between, no file is open. Errors: those of the file system.
 */
export class MirroredEventFile {
  readonly path: string;
  readonly #now: () => number;
  #records: Uint8Array[] = [];
  #flushed = 0;

  constructor({ folder, part, begun, now = () => Date.now() / 1000 }: MirroredEventFileOptions) {
    // Readers take files in the order of their names, and know them by their beginning.
    this.path = join(folder, `events.out.tfevents.${String(part).padStart(10, "0")}.mirror`);
    this.#now = now;
    this.#tell(versionEvent(begun));
    this.#tell(startEvent({ wallTime: begun, step: 0 }));
  }

  /** Values of a step by name. */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    this.#tell(scalarsEvent({ wallTime: this.#now(), step }, values));
  }

  /** The run's parameters, for the HParams page; once, before scalars. */
  hyperparameters(parameters: Readonly<Record<string, Hyperparameter>>, begun: number): void {
    this.#tell(summaryEvent({ wallTime: begun, step: 0 }, startSummary(parameters, begun)));
  }

  /** How the run has ended, for the HParams page; once, after scalars. */
  ended(status: RunStatus, at: number): void {
    this.#tell(summaryEvent({ wallTime: at, step: 0 }, endSummary(status, at)));
  }

  /** Writes what the file does not have yet. */
  flush(): void {
    if (this.#records.length === 0) return;
    const handle = openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o666);
    try {
      const held = fstatSync(handle).size;
      while (this.#records[0] !== undefined && this.#flushed + this.#records[0].length <= held) {
        this.#flushed += this.#records.shift()?.length ?? 0;
      }
      const bytes = joined(...this.#records);
      for (let done = 0; done < bytes.length;) {
        done += writeSync(handle, bytes, done, bytes.length - done, this.#flushed + done);
      }
      this.#flushed += bytes.length;
      this.#records = [];
    } finally {
      closeSync(handle);
    }
  }

  #tell(event: Uint8Array): void {
    this.#records.push(record(event));
  }
}
