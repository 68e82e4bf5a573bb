import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { unknownName } from "@attention-lab/catalog";
import { importModule } from "@attention-lab/sweep";
import { parse } from "yaml";

const modules = [".ts", ".mts", ".mjs", ".js"];
const data = [".json", ".yaml", ".yml"];

/** What the file of an experiment or a study says, unchecked: a module's default export, JSON or YAML. Every fault is one sentence that begins with the file's name. */
export async function readSpec(file: string): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path) || !statSync(path).isFile()) throw new RangeError(`${file}: there is no such experiment file`);
  const extension = extname(path);
  const allowed = [...modules, ...data];
  if (!allowed.includes(extension)) throw unknownName(file, "an experiment file's extension", allowed, extension);
  if (modules.includes(extension)) return importDefault(file, path);
  return told(file, () => {
    const text = readFileSync(path, "utf8");
    return extension === ".json" ? (JSON.parse(text) as unknown) : parse(text);
  });
}

/** Runs a reading of the file; what it throws becomes a RangeError that begins with the file's name. */
export function told<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw tale(file, error);
  }
}

async function importDefault(file: string, path: string): Promise<unknown> {
  const loaded = await importModule(path).catch((error: unknown) => {
    throw tale(file, error);
  });
  if (loaded["default"] !== undefined) return loaded["default"];
  throw new RangeError(
    `${file}: must have a default export, as in "export default defineExperiment({...})" or "defineStudy({...})"`,
  );
}

function tale(file: string, error: unknown): RangeError {
  return new RangeError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
