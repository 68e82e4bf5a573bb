// Packs every public package and installs the tarballs into an empty project, as a stranger's npm would, then imports each one there.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./setup.mjs";

function run(command, args, cwd) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 64 * 2 ** 20,
  });
  if (result.status === 0) return result.stdout;
  console.error(`${command} ${args.join(" ")} failed in ${cwd}\n${result.stdout}\n${result.stderr}`);
  process.exit(1);
}

const folder = mkdtempSync(path.join(tmpdir(), "attention-lab-packages-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const bin = (name) => path.join(root, "node_modules", ".bin", name);
run(bin("turbo"), ["run", "build", "lint:package"], root);

const tarballs = {};
const names = [];
for (const kind of ["packages", "apps"]) {
  for (const name of readdirSync(path.join(root, kind))) {
    const source = path.join(root, kind, name);
    const manifest = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8"));
    if (manifest.private) continue;
    const packed = JSON.parse(run(bin("pnpm"), ["pack", "--json", "--pack-destination", folder], source));
    tarballs[manifest.name] = `file:${packed.filename}`;
    names.push({
      name: manifest.name,
      entries: Object.keys(manifest.exports ?? {}).filter((entry) => entry !== "./package.json"),
    });
  }
}

const project = path.join(folder, "project");
run("mkdir", ["-p", project], folder);
const tf = { "@tensorflow/tfjs-core": "4.22.0" };
writeFileSync(
  path.join(project, "package.json"),
  JSON.stringify({
    name: "stranger",
    private: true,
    type: "module",
    dependencies: { ...tarballs, ...tf },
    overrides: tarballs,
  }),
);
run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], project);

let entries = 0;
for (const { name, entries: paths } of names) {
  for (const entry of paths) {
    const specifier = path.posix.join(name, entry);
    run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], project);
    entries++;
  }
}
const version = run(path.join(project, "node_modules", ".bin", "attn"), ["--version"], project).trim();
console.log(`packed and installed ${names.length} packages, imported ${entries} entries, attn ${version} runs`);
