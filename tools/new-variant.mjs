// `pnpm new variant NAME`: makes packages/attention-NAME, a whole small variant that passes the testkit, and its line in the catalogue.
//   npm run new -- variant NAME [--no-install]
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const templates = {
  "src/__name__.ts": "variant.ts",
  "test/testkit.test.ts": "testkit.test.ts",
  "test/oracle.ts": "oracle.ts",
  "test/readme-example.ts": "readme-example.ts",
  "README.md": "README.md",
};
/** Files that every variant package has alike; the manifest of this one is a template too. */
const model = at("packages", "attention-linear");
const catalogFile = at("packages", "catalog", "src", "attentions.ts");
const usage = "npm run new -- variant NAME (for instance cosformer, or sliding-mean)";

function stop(sentence) {
  console.error(`new: ${sentence}`);
  process.exit(2);
}

/** Names by which the catalogue knows variants: what its lines export. */
function takenNames() {
  const lines = readFileSync(catalogFile, "utf8").matchAll(/^export \{([^}]*)\}/gm);
  return [...lines].flatMap(([, names]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  );
}

function checked(name) {
  if (name === undefined) stop(`a name must be given: ${usage}`);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    stop(`the name must be lower-case words joined by hyphens, such as cosformer or sliding-mean, got "${name}"`);
  }
  if (existsSync(at("packages", `attention-${name}`)))
    stop(`packages/attention-${name} must not exist yet, but it does`);
  const taken = takenNames().find((other) => tooNear(other.toLowerCase(), name.replaceAll("-", "")));
  if (taken !== undefined)
    stop(`the name must not be one of the catalogue's nor a letter away from one, got "${name}" beside "${taken}"`);
  return name;
}

/** Equal, or one letter inserted, deleted or replaced: nobody would tell the two curves apart. */
function tooNear(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return Math.max(a.length, b.length) - head - tail <= 1;
}

function wordsOf(name) {
  const Type = name.replaceAll(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());
  return { __name__: name, __export__: Type[0].toLowerCase() + Type.slice(1), __Type__: Type };
}

function fill(text, words) {
  return Object.entries(words).reduce((filled, [word, value]) => filled.replaceAll(word, () => value), text);
}

function makePackage(words) {
  const folder = at("packages", `attention-${words.__name__}`);
  for (const part of ["src", "test"]) mkdirSync(path.join(folder, part), { recursive: true });
  const template = (file) => fill(readFileSync(at("tools", "new-variant", `${file}.template`), "utf8"), words);
  const withExample = { ...words, __example__: template("readme-example.ts") };
  for (const [to, from] of Object.entries(templates)) {
    writeFileSync(path.join(folder, fill(to, words)), fill(template(from), withExample));
  }
  writeFileSync(
    path.join(folder, "src", "index.ts"),
    `export { ${words.__export__}, type ${words.__Type__}Options } from "./${words.__name__}.ts";\n`,
  );
  for (const file of ["tsconfig.build.json", "vitest.config.ts", "test/readme.test.ts"])
    cpSync(path.join(model, file), path.join(folder, file));
  const manifest = JSON.parse(readFileSync(path.join(model, "package.json"), "utf8"));
  const name = `@attention-lab/attention-${words.__name__}`;
  const keywords = manifest.keywords.map((word) => (word === "linear-attention" ? words.__name__ : word));
  writeJson(path.join(folder, "package.json"), {
    ...manifest,
    name,
    version: "0.1.0",
    description: "REPLACE: one sentence, with the paper.",
    keywords,
  });
  return name;
}

function addToCatalog(packageName, words) {
  const line = `export { ${words.__export__} } from "${packageName}";\n`;
  writeFileSync(catalogFile, `${readFileSync(catalogFile, "utf8").trimEnd()}\n${line}`);
  const file = at("packages", "catalog", "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const dependencies = Object.entries({ ...manifest.dependencies, [packageName]: "workspace:^" });
  writeJson(file, { ...manifest, dependencies: Object.fromEntries(dependencies.sort(([a], [b]) => (a < b ? -1 : 1))) });
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Links and formats the new package; what it needs from the registry is what the other variants have already brought. */
function install(words) {
  const bin = (name) => at("node_modules", ".bin", name);
  const result = spawnSync(bin("pnpm"), ["install", "--no-frozen-lockfile", "--prefer-offline"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (result.status !== 0)
    stop("the files are written, but pnpm install failed: run `npx pnpm install` when the registry can be reached");
  spawnSync(bin("oxfmt"), [at("packages", `attention-${words.__name__}`)], {
    cwd: root,
    shell: process.platform === "win32",
  });
}

const args = process.argv.slice(2);
const [kind, given, ...others] = args.filter((arg) => arg !== "--no-install");
if (kind !== "variant")
  stop(`what is made must be a variant, got ${kind === undefined ? "nothing" : `"${kind}"`}: ${usage}`);
if (others.length > 0) stop(`takes one name and --no-install, got "${others[0]}": ${usage}`);
const words = wordsOf(checked(given));
addToCatalog(makePackage(words), words);
if (!args.includes("--no-install")) install(words);
console.log(`packages/attention-${words.__name__}: a variant that passes the testkit; what to put in its place says REPLACE.
  test it:   npm test -- packages/attention-${words.__name__}
  check it:  npm run attn -- check ${words.__export__}
  walk on:   docs/adding-a-variant.md`);
