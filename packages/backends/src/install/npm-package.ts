import { execFile } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { unpackTarball } from "./tarball.ts";

/**
 * Puts the files of an npm package into `folder`: copied from `node_modules` when this very version is installed there, else fetched by
 * `npm pack`, which knows the user's registry, proxy and credentials, checks the tarball, and runs no install script.
 */
export async function placeNpmPackage(name: string, version: string, folder: string): Promise<void> {
  const installed = installedFolder(name, version);
  if (installed !== undefined) cpSync(installed, folder, { recursive: true, filter: (file) => keeps(installed, file) });
  else await packInto(`${name}@${version}`, folder);
}

function keeps(installed: string, file: string): boolean {
  return !path.relative(installed, file).split(path.sep).includes("node_modules");
}

/** Where the package lies, if it is installed in this version: seen from here, or from the package that depends on it. */
function installedFolder(name: string, version: string): string | undefined {
  for (const from of [import.meta.url, dependantOf(name), path.join(process.cwd(), "package.json")]) {
    if (from === undefined) continue;
    try {
      const manifest = createRequire(from).resolve(`${name}/package.json`);
      const found = createRequire(from)(manifest) as { version: string };
      if (version === found.version || (/^\d+$/.test(version) && found.version.startsWith(`${version}.`)))
        return path.dirname(manifest);
    } catch {
      // Not installed as seen from there.
    }
  }
  return undefined;
}

/** google-protobuf is a dependency of tfjs-node, and not ours. */
function dependantOf(name: string): string | undefined {
  if (name !== "google-protobuf") return undefined;
  try {
    return createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json");
  } catch {
    return undefined;
  }
}

async function packInto(spec: string, folder: string): Promise<void> {
  const fetched = `${folder}.npm`;
  mkdirSync(fetched, { recursive: true });
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const options = { cwd: fetched, shell: process.platform === "win32" };
    const { stdout } = await promisify(execFile)(npm, ["pack", spec, "--silent", "--pack-destination", "."], options);
    const tarball = stdout.trim().split("\n").at(-1) ?? "";
    unpackTarball(path.join(fetched, tarball), fetched);
    mkdirSync(path.dirname(folder), { recursive: true });
    renameSync(path.join(fetched, "package"), folder);
  } catch (error) {
    const { stderr = "", message } = error as { stderr?: string; message: string };
    const reason = (
      stderr.split("\n").find((line) => /npm (?:error|ERR!)/.test(line)) ??
      message.split("\n")[0] ??
      ""
    ).trim();
    throw new Error(`npm: ${spec} must be to be had from the registry of \`npm config get registry\`, got ${reason}`, {
      cause: error,
    });
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}
