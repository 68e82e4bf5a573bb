// Sets up a clone: checks Node, installs dependencies with the locked pnpm, builds the kernels. Everything is skipped when nothing
// changed since the last time. Plain old JavaScript at the top, so that a Node which is too old can still say so.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const oldestNode = [20, 19];

/** Ends the process with one sentence: what is wrong and what to do. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  stop(
    `Attention Lab needs Node ${oldestNode.join(".")} or newer, this is ${process.versions.node}: ` +
      "install a current release from nodejs.org or your version manager (nvm install 20) and run the command again.",
  );
}

function pinnedPnpm() {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return packageManager.split("+")[0];
}

/** Changes whenever an install could give another result. */
function manifestsHash() {
  const hash = createHash("sha256").update(process.version);
  const folders = ["packages", "apps"].flatMap((kind) =>
    readdirSync(path.join(root, kind))
      .sort()
      .map((name) => path.join(kind, name)),
  );
  const files = [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package.json",
    ...folders.map((folder) => path.join(folder, "package.json")),
  ];
  for (const file of files) {
    const full = path.join(root, file);
    if (existsSync(full)) hash.update(file).update(readFileSync(full));
  }
  return hash.digest("hex");
}

function install(quiet) {
  const stamp = path.join(root, "node_modules", ".attention-lab-setup");
  const hash = manifestsHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  const pnpm = pinnedPnpm();
  if (!quiet) console.log(`setup: installing dependencies with ${pnpm} (frozen lockfile)`);
  const started = Date.now();
  const result = spawnSync("npx", ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
    // `npm run -s` silences every npm and pnpm below it, and with them the reason of a failure.
    env: { ...process.env, CI: process.env.CI ?? "1", npm_config_loglevel: "notice" },
    maxBuffer: 64 * 2 ** 20,
  });
  if (result.status !== 0) explainFailedInstall(`${result.stdout ?? ""}\n${result.stderr ?? ""}`, result.error);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  if (!quiet) console.log(`setup: dependencies installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function explainFailedInstall(output, error) {
  const tail = output
    .split("\n")
    .filter((line) => /err|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|FETCH/i.test(line))
    .slice(0, 5)
    .map((line) => line.trim())
    .join("\n");
  if (tail) console.error(tail);
  if (/ENOSPC/.test(output))
    stop("setup: the disk is full, so dependencies could not be installed: free about 1 GB and run the command again.");
  if (/ERR_PNPM_OUTDATED_LOCKFILE/.test(output)) {
    stop(
      "setup: pnpm-lock.yaml does not match the package.json files: run `npx pnpm install` after changing dependencies.",
    );
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|FETCH|network|tunneling/i.test(output)) {
    stop(
      "setup: the npm registry cannot be reached: check the connection, `npm config get registry` and, behind a proxy, " +
        "`npm config get https-proxy`; then run the command again (what was downloaded is kept).",
    );
  }
  stop(
    `setup: installing dependencies failed${error ? ` (${error.message})` : ""}: see the lines above, or run \`npx ${pinnedPnpm()} install\` to see all of it.`,
  );
}

function buildKernels(quiet) {
  const folder = path.join(root, "packages", "kernels");
  for (const script of ["tools/build-wasm.mjs", "tools/build-native.mjs"]) {
    const result = spawnSync(process.execPath, [script], { cwd: folder, encoding: "utf8" });
    if (result.status !== 0) {
      console.error(result.stdout + result.stderr);
      stop(`setup: packages/kernels/${script} failed: see the lines above.`);
    }
    if (!quiet && result.stdout.trim() !== "") console.log(`setup: ${result.stdout.trim()}`);
  }
}

export function setup({ quiet = false } = {}) {
  checkNode();
  install(quiet);
  buildKernels(quiet);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  setup();
  console.log("setup: ready");
}
