// Runs TensorFlow.js' own core test suite (it is in its npm package) on one of our backends, or on the stock cpu backend:
//   node --conditions=@attention-lab/source --import tsx packages/backends/tools/core-suite.mjs native|wasm|cpu|tensorflow
// Fails when a test fails, or when fewer tests pass than did when this was written. About 20 seconds.
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";
import { build } from "esbuild";
import jasmineRequire from "jasmine-core";
import { privateTensorflows } from "../src/install/private-tensorflow.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const [engine = "native"] = process.argv.slice(2);

/** Passed of version 4.22. */
const PASSED = { native: 4225, wasm: 4225, cpu: 4225, tensorflow: 3878 }[engine];

// Native TensorFlow is tried without the tests that tfjs-node itself skips.
const [tensorflow] = engine === "tensorflow" ? privateTensorflows() : [];
if (engine === "tensorflow" && tensorflow === undefined)
  throw new Error("core suite: native TensorFlow must be installed (attn backend install tensorflow), got none");
const skipped = tensorflow === undefined ? [] : ownSkips(tensorflow);

function ownSkips(home) {
  const text = readFileSync(path.join(home, "package", "dist", "run_tests.js"), "utf8");
  return vm.runInNewContext(text.slice(text.indexOf("[", text.indexOf("IGNORE_LIST =")), text.indexOf("];") + 1));
}

// The suite imports the files of tfjs-core by relative paths. A bundle in which "@tensorflow/tfjs-core" means those same files has one
// engine and one registry; the kernels stay outside, because they find their binaries beside their own source.
const registered = {
  native: 'registerEngine(await loadEngine("native"));',
  wasm: 'registerEngine(await loadEngine("wasm"));',
  cpu: 'import "@tensorflow/tfjs-backend-cpu";',
  // tfjs-node is compiled for classes that can be called; those of these files cannot.
  tensorflow: `
function KernelBackend() {}
KernelBackend.prototype = core.KernelBackend.prototype;
require(${JSON.stringify(tensorflow)})({ ...core, KernelBackend });`,
}[engine];
const backendName = engine === "native" || engine === "wasm" ? `attn-${engine}` : engine;
const entry = `
import { loadEngine } from "@attention-lab/kernels";
import { registerEngine } from "./src/register.ts";
import * as core from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";
${registered}
const backendName = ${JSON.stringify(backendName)};
setTestEnvs([{ name: "test-" + backendName, backendName, isDataSync: true }]);
await import("@tensorflow/tfjs-core/dist/tests");
`;
const outfile = path.join(folder, "node_modules", ".cache", `core-suite-${engine}.mjs`);
mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  stdin: { contents: entry, resolveDir: folder, loader: "ts" },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  mainFields: ["module", "main"],
  conditions: ["@attention-lab/source"],
  external: ["@attention-lab/kernels", ...(tensorflow === undefined ? [] : [tensorflow])],
  banner: { js: 'import { createRequire as $r } from "node:module"; const require = $r(import.meta.url);' },
  // Its package.json declares the test files free of side effects.
  ignoreAnnotations: true,
  logLevel: "error",
});

const jasmine = jasmineRequire.boot(jasmineRequire);
const env = jasmine.getEnv();
env.configure({ random: false, specFilter: (spec) => !skipped.some((name) => spec.getFullName().includes(name)) });
const counts = { passed: 0, failed: 0, pending: 0, excluded: 0 };
const failures = {};
env.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (status === "failed") failures[fullName] = (failedExpectations[0]?.message ?? "").split("\n")[0].slice(0, 160);
  },
});

const started = performance.now();
await import(pathToFileURL(outfile).href);
await new Promise((resolve) => {
  env.addReporter({ jasmineDone: resolve });
  env.execute();
});
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`core suite on ${engine}: ${counts.passed} passed, ${counts.failed} failed, ${seconds} s`);
for (const [name, why] of Object.entries(failures)) console.log(`  ${name}: ${why}`);
process.exit(counts.failed > 0 || counts.passed < PASSED ? 1 : 0);
