import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { networkReason } from "./package-index.ts";
import type { IndexedFile } from "./wheel-choice.ts";

/** Called now and then with what has arrived; `total` is unknown to some servers. */
export type Progress = (bytes: number, total: number | undefined) => void;

/**
 * Downloads a file into a folder. What an interrupted run had fetched is continued, and the file has its name only once its SHA-256 is what the
 * index says. Throws an Error that says how far it came, or that the checksum is wrong.
 */
export async function download(file: IndexedFile, folder: string, progress?: Progress): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const target = path.join(folder, path.basename(file.name));
  if (existsSync(target)) return target;
  const part = `${target}.part`;
  await fetchRest(file, part, progress);
  const got = await sha256Of(part);
  if (file.sha256 !== undefined && got !== file.sha256) {
    rmSync(part);
    throw new Error(`download: ${file.name} must have SHA-256 ${file.sha256}, got ${got}; it was removed, run again`);
  }
  renameSync(part, target);
  return target;
}

async function fetchRest({ name, url }: IndexedFile, part: string, progress?: Progress): Promise<void> {
  const have = existsSync(part) ? statSync(part).size : 0;
  let arrived = have;
  try {
    const answer = await fetch(url, have > 0 ? { headers: { range: `bytes=${have}-` } } : {});
    // The range begins behind the last byte: all is there.
    if (answer.status === 416) return;
    if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
    // A server that knows no ranges sends the whole file again.
    const appends = answer.status === 206;
    if (!appends) arrived = 0;
    const rest = Number(answer.headers.get("content-length")) || undefined;
    const total = rest === undefined ? undefined : arrived + rest;
    const output = await open(part, appends ? "a" : "w");
    try {
      // Chunk by chunk, so that what had come when the connection broke is kept.
      for await (const chunk of answer.body) {
        await output.writeFile(chunk);
        arrived += chunk.length;
        progress?.(arrived, total);
      }
    } finally {
      await output.close();
    }
  } catch (error) {
    throw new Error(
      `download: ${name} stopped after ${arrived} bytes (${networkReason(error)}); run again to continue`,
      { cause: error },
    );
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
