// A WebGPU adapter for machines without a graphics card, from npm alone: SwiftShader, Google's Vulkan driver for processors, as it lies in
// the package @sparticuz/chromium (70 MB are downloaded, 7 MB kept). Linux x64.
//   node tools/software-adapter.mjs install    downloads it once
//   eval "$(node tools/software-adapter.mjs)"  makes a shell's commands use it
// Both take `lavapipe` as a last word: Mesa's driver instead (lavapipe.mjs), which has shader-f16.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { installLavapipe, lavapipeVariables } from "./lavapipe.mjs";

const source = "@sparticuz/chromium@153.0.0";
const wanted = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "attention-lab");
const folder = path.join(cache, "swiftshader-153");
const lavapipe = path.join(cache, "lavapipe-25");

/** Variables under which a new process finds SwiftShader; undefined where it was not installed. */
export function softwareAdapter() {
  if (!existsSync(folder)) return undefined;
  const driver = path.join(folder, "vk_swiftshader_icd.json");
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { LD_LIBRARY_PATH: libraries, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
}

export function installSoftwareAdapter() {
  if (existsSync(folder)) return;
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`software adapter: linux-x64 only, got ${process.platform}-${process.arch}`);
  }
  const work = mkdtempSync(path.join(tmpdir(), "software-adapter-"));
  try {
    execFileSync("npm", ["pack", source, "--silent", "--pack-destination", work], { cwd: work, stdio: "pipe" });
    const [archive] = readdirSync(work);
    execFileSync("tar", ["-xzf", archive, "package/bin/swiftshader.tar.br"], { cwd: work });
    const tar = path.join(work, "swiftshader.tar");
    writeFileSync(tar, brotliDecompressSync(readFileSync(path.join(work, "package/bin/swiftshader.tar.br"))));
    const ready = path.join(work, "ready");
    mkdirSync(ready);
    execFileSync("tar", ["-xf", tar, "-C", ready, ...wanted]);
    mkdirSync(path.dirname(folder), { recursive: true });
    // Whole or not at all: a second installer may have been faster.
    execFileSync("cp", ["-r", ready, `${folder}.${process.pid}`]);
    if (!existsSync(folder)) renameSync(`${folder}.${process.pid}`, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(`${folder}.${process.pid}`, { recursive: true, force: true });
  }
}

/**
 * What a vitest.config.ts gives its tests as `env`: SwiftShader's variables, unless somebody chose a driver. CI_FULL promises these tests, so there
 * it is installed; elsewhere it is used if it is there.
 */
export function adapterForTests() {
  if (process.env.VK_DRIVER_FILES !== undefined || process.env.VK_ICD_FILENAMES !== undefined) return {};
  if (process.env.CI_FULL && process.platform === "linux" && process.arch === "x64") installSoftwareAdapter();
  return softwareAdapter() ?? {};
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  const mesa = words.includes("lavapipe");
  if (words[0] === "install" && mesa && !existsSync(lavapipe)) installLavapipe(lavapipe);
  if (words[0] === "install" && !mesa) installSoftwareAdapter();
  const variables = mesa ? existsSync(lavapipe) && lavapipeVariables(lavapipe) : softwareAdapter();
  if (!variables) {
    console.error(
      `no software adapter is installed: node packages/webgpu/tools/software-adapter.mjs install${mesa ? " lavapipe" : ""}`,
    );
    process.exitCode = 1;
  } else {
    for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${JSON.stringify(value)}`);
  }
}
