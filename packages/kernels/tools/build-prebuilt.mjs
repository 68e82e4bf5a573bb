// Cross-compiles the native addon for every platform by zig, and writes one publishable package per platform. For the release job only.
//
//   node tools/build-prebuilt.mjs [--out prebuilt] [--link] [linux-x64 linux-arm64 darwin-x64 darwin-arm64 win32-x64]
//
// zig is $ZIG, `zig`, or `python3 -m ziglang` (`pip install ziglang`: any machine, no installation). Packages are named
// @attention-lab/kernels-<platform>-<arch> and hold kernels.node; npm installs the one whose `os` and `cpu` fit. --link writes them
// into package.json as optional dependencies of exactly this version: in the release job's own checkout, after they are published,
// since no lockfile can name a version that is not there yet.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { compileAddon, complaintOf } from "./compile-native.mjs";
import { packageFolder, readSources, replaceFile, hashOf } from "./sources.mjs";
import { findZig, nodeImportLibrary, zigCompiler, zigTargets } from "./zig.mjs";

const { values, positionals } = parseArgs({
  options: { out: { type: "string", default: path.join(packageFolder, "prebuilt") }, link: { type: "boolean" } },
  allowPositionals: true,
});
const manifestFile = path.join(packageFolder, "package.json");
const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));
const targets = positionals.length > 0 ? positionals : Object.keys(zigTargets);
const packageName = (target) => `${manifest.name}-${target}`;

function stop(sentence) {
  console.error(`build-prebuilt: ${sentence}`);
  process.exit(1);
}

function manifestOf(target, [platform, arch]) {
  const { version, license, engines } = manifest;
  const description = `The native addon of ${manifest.name} for ${platform} on ${arch}, compiled ahead of time.`;
  return {
    name: packageName(target),
    version,
    description,
    license,
    files: ["kernels.node"],
    main: "kernels.node",
    os: [platform],
    cpu: [arch],
    ...(platform === "linux" && { libc: ["glibc"] }),
    engines,
    publishConfig: { access: "public" },
  };
}

const readme = (target) => `# ${packageName(target)}

The native addon of [\`${manifest.name}\`](https://www.npmjs.com/package/${manifest.name}) for ${target}, which depends on it optionally and
finds it by itself. Sources hash: \`${hashOf(readSources()).slice(0, 16)}\`.
`;

async function build(zig, target) {
  const [platform, arch] = target.split("-");
  const output = path.join(values.out, target);
  mkdirSync(output, { recursive: true });
  const folder = mkdtempSync(path.join(output, "compile-"));
  try {
    const libraries = platform === "win32" ? [nodeImportLibrary(zig, folder)] : [];
    const linked = await compileAddon(zigCompiler(zig, target), { platform, arch }, folder, ["-s", ...libraries]);
    const bytes = readFileSync(linked);
    replaceFile(path.join(output, "kernels.node"), bytes);
    writeFileSync(
      path.join(output, "package.json"),
      `${JSON.stringify(manifestOf(target, [platform, arch]), undefined, 2)}\n`,
    );
    writeFileSync(path.join(output, "README.md"), readme(target));
    copyFileSync(path.join(packageFolder, "..", "..", "LICENSE"), path.join(output, "LICENSE"));
    console.log(`${target}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
  } catch (error) {
    stop(`${target} could not be built (${complaintOf(error)})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const unknown = targets.find((target) => !(target in zigTargets));
if (unknown !== undefined) stop(`targets must be of ${Object.keys(zigTargets).join(", ")}, got ${unknown}`);
const zig = findZig();
if (zig === undefined) stop("zig must be there ($ZIG, zig, or pip install ziglang), got none");
for (const target of targets) await build(zig, target);
if (values.link) {
  manifest.optionalDependencies = Object.fromEntries(targets.map((target) => [packageName(target), manifest.version]));
  replaceFile(manifestFile, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
