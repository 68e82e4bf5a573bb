import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { privateFolder } from "./private-folder.ts";

/** A file that may be the native addon, and how it came about. */
export interface AddonPlace {
  readonly path: string;
  readonly origin: string;
}

const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/**
 * Where the addon may lie, best first: the clone's own build, the prebuilt package of this platform, what `attn backend install native`
 * compiled. ATTN_KERNELS_ADDON names a file that is taken instead of all of them.
 */
export function addonPlaces(): AddonPlace[] {
  const named = process.env["ATTN_KERNELS_ADDON"];
  if (named) return [{ path: path.resolve(named), origin: "named by ATTN_KERNELS_ADDON" }];
  const installed = path.join(privateFolder(), installedName(), "kernels.node");
  return [
    { path: path.join(packageFolder, "build", "kernels.node"), origin: "built by setup" },
    ...prebuilt(),
    { path: installed, origin: "built by attn backend install native" },
  ].filter((place) => existsSync(place.path));
}

/**
 * The folder of an installed addon: sources and platform are part of its name, so that another version never loads it. Node's version is
 * not: one Node-API addon serves all.
 */
export function installedName(): string {
  const { version } = manifest();
  return `native-${version}-${sourcesHash().slice(0, 12)}-${process.platform}-${process.arch}`;
}

function manifest(): { name: string; version: string } {
  return JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
}

function sourcesHash(): string {
  const folder = path.join(packageFolder, "csrc");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(path.join(folder, name)));
  return hash.digest("hex");
}

/** The optional package of this platform, if npm installed it and it belongs to exactly this version. */
function prebuilt(): AddonPlace[] {
  const { name, version } = manifest();
  const wanted = `${name}-${process.platform}-${process.arch}`;
  try {
    const file = createRequire(import.meta.url).resolve(`${wanted}/package.json`);
    const found = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    const addon = path.join(path.dirname(file), "kernels.node");
    return found.version === version ? [{ path: addon, origin: `from ${wanted}` }] : [];
  } catch {
    return [];
  }
}
