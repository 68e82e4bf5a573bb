import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { unknownName } from "@attention-lab/catalog";
import { parseExperiment, type Experiment } from "@attention-lab/sweep";
import { register } from "tsx/esm/api";

const modules = [".ts", ".mts", ".mjs", ".js"];
const allowed = [...modules, ".json"];

/**
 * Reads an experiment file: a module whose default export is `defineExperiment({...})`, or JSON of the same shape.
 * Every fault is one sentence that begins with the file's name.
 */
export async function loadExperiment(file: string): Promise<Experiment> {
  const path = resolve(file);
  if (!existsSync(path) || !statSync(path).isFile()) throw new RangeError(`${file}: there is no such experiment file`);
  const extension = extname(path);
  if (!allowed.includes(extension)) throw unknownName(file, "an experiment file's extension", allowed, extension);
  const raw = extension === ".json" ? readJson(file, path) : await importDefault(file, path);
  try {
    return parseExperiment(raw);
  } catch (error) {
    throw told(file, error);
  }
}

function readJson(file: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw told(file, error);
  }
}

/** TypeScript is read by tsx, also where `attn` itself runs as compiled JavaScript. */
async function importDefault(file: string, path: string): Promise<unknown> {
  const compiled = !import.meta.url.endsWith(".ts");
  const unregister = compiled ? register() : undefined;
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    if (loaded.default !== undefined) return loaded.default;
  } catch (error) {
    throw told(file, error);
  } finally {
    await unregister?.();
  }
  throw new RangeError(`${file}: must have a default export, as in "export default defineExperiment({...})"`);
}

function told(file: string, error: unknown): RangeError {
  return new RangeError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
