import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, normalize, relative, sep } from "node:path";

/**
 * The file that a request's path means inside a folder, or undefined: dots, absolute names, encoded slashes, null bytes and links
 * that lead out of the folder all end here. `path` is as it stood in the request, still encoded.
 */
export function fileInside(root: string, path: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (name === "" || name.includes("\0") || name.includes("\\") || isAbsolute(name)) return undefined;
  if (name.split("/").some((part) => part === "" || part.startsWith("."))) return undefined;
  try {
    // Where it really lies: a link may stay within the folder, and not leave it.
    const home = realpathSync(root);
    const found = realpathSync(join(home, normalize(name)));
    const way = relative(home, found);
    if (way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
    return statSync(found).isFile() ? found : undefined;
  } catch {
    return undefined;
  }
}
