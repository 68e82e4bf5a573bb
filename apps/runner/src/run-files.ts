import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** Files of a training run: `run.json`, `log.jsonl`, `checkpoint.safetensors`, `sample.txt`. */
export class RunFiles {
  readonly folder: string;

  /** Begins or continues a folder. Errors: a folder of another run, or one that cannot be made. */
  constructor(folder: string, description: unknown) {
    this.folder = folder;
    const text = `${JSON.stringify(description, undefined, 2)}\n`;
    const file = join(folder, "run.json");
    try {
      mkdirSync(folder, { recursive: true });
      if (!existsSync(file)) this.replace("run.json", text);
    } catch (error) {
      throw new Error(
        `train: ${folder} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}): choose another --out`,
        { cause: error },
      );
    }
    if (readFileSync(file, "utf8") !== text) {
      throw new Error(
        `train: ${folder} holds another run (see its run.json): choose another --out, or the options it was begun with`,
      );
    }
  }

  get checkpoint(): Uint8Array | undefined {
    const file = join(this.folder, "checkpoint.safetensors");
    return existsSync(file) ? readFileSync(file) : undefined;
  }

  /** Writes beside and renames, so that a crash leaves the old file or the new one, never half of one. */
  replace(name: string, contents: string | Uint8Array): void {
    const file = join(this.folder, name);
    const handle = openSync(`${file}.new`, "w");
    try {
      writeFileSync(handle, contents);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(`${file}.new`, file);
  }

  /** One JSON line for people and plots; the checkpoint alone decides where a run continues. */
  log(record: unknown): void {
    const handle = openSync(join(this.folder, "log.jsonl"), "a");
    try {
      writeSync(handle, `${JSON.stringify(record)}\n`);
    } finally {
      closeSync(handle);
    }
  }
}
