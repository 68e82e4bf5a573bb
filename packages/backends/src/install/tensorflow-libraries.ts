import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { openZip } from "./zip-file.ts";

/** TensorFlow's two libraries lie in `<folder>/lib`; what is left to read are headers. */
export interface Libraries {
  /** The text of a header below `tensorflow/include`; undefined when there is none of this name. */
  header(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const isLibrary = (name: string): boolean => /^libtensorflow_(?:cc|framework)\.so\.\d+$/.test(name);
const rule = "must hold libtensorflow_cc and libtensorflow_framework (TensorFlow 2.12 or newer, for Linux)";

/** Takes the libraries, and nothing else, out of a wheel. */
export async function librariesOfWheel(wheel: string, folder: string): Promise<Libraries> {
  const archive = await openZip(wheel);
  const found = archive.names.filter(
    (name) => path.posix.dirname(name) === "tensorflow" && isLibrary(path.posix.basename(name)),
  );
  if (found.length < 2) {
    await archive.close();
    throw new Error(`backend tensorflow: ${wheel} ${rule}, got ${found.length} of the two`);
  }
  const libraries = path.join(folder, "lib");
  mkdirSync(libraries);
  for (const name of found) await archive.extract(name, path.join(libraries, path.posix.basename(name)));
  return { header: (name) => archive.text(`tensorflow/include/${name}`), close: () => archive.close() };
}

/**
 * Links to the libraries of a Python installation (`site-packages`), and to NVIDIA's beside it: TensorFlow looks for those in
 * `../nvidia/<library>/lib`, seen from the link's place.
 */
export function librariesOfPython(sitePackages: string, folder: string): Libraries {
  const home = path.resolve(sitePackages, "tensorflow");
  const found = existsSync(home) ? readdirSync(home).filter(isLibrary) : [];
  if (found.length < 2) throw new Error(`backend tensorflow: ${home} ${rule}, got ${found.length} of the two`);
  const libraries = path.join(folder, "lib");
  mkdirSync(libraries);
  for (const name of found) symlinkSync(path.join(home, name), path.join(libraries, name));
  linkNvidia(path.resolve(sitePackages, "nvidia"), path.join(folder, "nvidia"));
  return {
    header(name) {
      const file = path.join(home, "include", name);
      return Promise.resolve(existsSync(file) ? readFileSync(file, "utf8") : undefined);
    },
    close: () => Promise.resolve(),
  };
}

function linkNvidia(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to);
  for (const name of readdirSync(from))
    if (!name.startsWith("_")) symlinkSync(path.join(from, name), path.join(to, name));
}
