import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { importModule } from "./import-module.ts";
import { absoluteName, isOutside, splitName } from "./outside-name.ts";
import { isProgram, type Program } from "./program.ts";

/** Programs by name. */
export type Programs = Readonly<Record<string, Program>>;

/** A program, and where it came from if it is not a built-in one. */
export interface FoundProgram {
  readonly program: Program;
  /** Absolute path of its module, with `#export` where one was named: how another process finds it. */
  readonly module?: string;
  /** Of the file: part of a trial's identity, so that an edited file is another program. */
  readonly moduleSha256?: string;
}

/**
 * A built-in program by name, or one from outside by module path or package name (`./mine.ts`, `./mine.ts#name`, `package#name`); a path
 * counts from `directory`. A RangeError says in one sentence what is missing, wrong or ambiguous.
 */
export async function findProgram(name: string, builtIn: Programs, directory = process.cwd()): Promise<FoundProgram> {
  if (!isOutside(name)) {
    const program = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
    if (program === undefined) throw await unknown("study", "program", Object.keys(builtIn), name);
    return { program };
  }
  const module = absoluteName(name, directory, "program");
  const { module: file, exportName } = splitName(module);
  const moduleSha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  const exports = await importModule(file).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`program ${name}: could not be loaded: ${why}`, { cause: error });
  });
  return { program: await pick(name, exports, exportName), module, moduleSha256 };
}

async function pick(
  name: string,
  exports: Readonly<Record<string, unknown>>,
  exportName: string | undefined,
): Promise<Program> {
  const found = Object.entries(exports).filter((entry): entry is [string, Program] => isProgram(entry[1]));
  const names = [...new Set(found.map(([key]) => key))];
  if (exportName !== undefined) {
    const named = found.find(([key, { program }]) => key === exportName || program === exportName);
    if (named === undefined) throw await unknown(`program ${name}`, "the part after #", names, exportName);
    return named[1];
  }
  const [only, ...more] = new Set(found.map(([, program]) => program));
  if (only !== undefined && more.length === 0) return only;
  const rule =
    only === undefined ? "must export one (made by defineProgram)" : "exports several, so say which with #NAME";
  throw new RangeError(`program ${name}: the module ${rule}, got ${names.join(", ") || "none"}`);
}

/** A trial's process would load every variant only to word a mistake that the plan has found before. */
async function unknown(who: string, what: string, allowed: readonly string[], got: string): Promise<RangeError> {
  const { unknownName } = await import("@attention-lab/catalog");
  return unknownName(who, what, allowed, got);
}
