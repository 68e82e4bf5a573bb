import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { DecoderCase } from "./contestant.ts";

const program = fileURLToPath(new URL("./resident-process.ts", import.meta.url));

/** Peak resident bytes of a fresh process that warmed up and ran the case on one of our backends. */
export async function residentOf(engine: string, of: DecoderCase): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    program,
    engine,
    JSON.stringify(of),
  ]);
  return Number(stdout);
}
