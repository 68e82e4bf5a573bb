import { createRequire } from "node:module";
import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

const moduleFile = /\.[cm]?[jt]s$/;

/** A variant outside the catalogue: the module that exports it and, where that exports several, which. */
interface OutsideName {
  readonly module: string;
  readonly exportName: string | undefined;
}

/** Whether a name means a module and not an entry of the catalogue: `./mine.ts`, `./mine.ts#kind`, `package#kind`, `@scope/package`. */
export function isOutside(name: string): boolean {
  return /[\\/#]/.test(name) || moduleFile.test(name);
}

export function splitName(name: string): OutsideName {
  const at = name.lastIndexOf("#");
  return at < 0
    ? { module: name, exportName: undefined }
    : { module: name.slice(0, at), exportName: name.slice(at + 1) || undefined };
}

/** The same variant (or program) named by its file's absolute path, as every process finds it; a RangeError says what is not there. */
export function absoluteName(name: string, directory: string, kind = "variant"): string {
  const { module, exportName } = splitName(name);
  const isPath = /^\.{0,2}[\\/]/.test(module) || isAbsolute(module) || moduleFile.test(module);
  const file = isPath
    ? fileAt(`${kind} ${name}`, resolve(directory, module))
    : fileOfPackage(`${kind} ${name}`, module, directory);
  return exportName === undefined ? file : `${file}#${exportName}`;
}

function fileAt(who: string, file: string): string {
  if (!existsSync(file)) throw new RangeError(`${who}: there is no such file, looked for ${file}`);
  if (!statSync(file).isFile()) throw new RangeError(`${who}: must be a module, got the folder ${file}`);
  if (!moduleFile.test(file)) {
    throw new RangeError(`${who}: must be a module that ends in .ts, .mts, .js or .mjs, got ${file}`);
  }
  return file;
}

function fileOfPackage(who: string, module: string, directory: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(module);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
      throw new RangeError(
        `${who}: the package's exports have no "default" entry for ${module}, so name its file by path`,
        { cause: error },
      );
    }
    throw new RangeError(`${who}: no package ${module} is installed in ${directory} or above it`, {
      cause: error,
    });
  }
}
