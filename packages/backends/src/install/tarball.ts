import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

const block = 512;

/** Unpacks the plain files of an npm tarball (ustar) into a folder; links, devices and paths that lead outside are left out. */
export function unpackTarball(file: string, folder: string): void {
  const bytes = gunzipSync(readFileSync(file));
  const text = (at: number, length: number): string => bytes.toString("utf8", at, at + length).split("\0")[0] ?? "";
  const root = path.resolve(folder) + path.sep;
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8) || 0;
    const name = [text(at + 345, 155), text(at, 100)].filter((part) => part !== "").join("/");
    const target = path.resolve(folder, name);
    const isFile = ["0", ""].includes(text(at + 156, 1));
    if (isFile && target.startsWith(root)) {
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, bytes.subarray(at + block, at + block + size));
    }
    at += block + Math.ceil(size / block) * block;
  }
}
