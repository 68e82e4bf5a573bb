import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isProcessAlive } from "@attention-lab/results/store";
import { buildSync } from "esbuild";

const cache = fileURLToPath(new URL("../../node_modules/.cache/tests/", import.meta.url));

/** One file of a test's process with all that it imports: the hundreds of processes that fault tests start need no loader then. */
export function bundled(name: string): string {
  mkdirSync(cache, { recursive: true });
  for (const left of readdirSync(cache)) {
    const [, pid] = /-(\d+)\.mjs$/.exec(left) ?? [];
    if (pid !== undefined && !isProcessAlive(Number(pid))) rmSync(`${cache}${left}`, { force: true });
  }
  const outfile = `${cache}${name}-${process.pid}.mjs`;
  buildSync({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@attention-lab/source"],
    // What has files of its own, or is never loaded without tensors.
    external: ["esbuild", "tsx", "@attention-lab/backends"],
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    logLevel: "error",
  });
  return outfile;
}
