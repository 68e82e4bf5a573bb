// Builds wasm/kernels.wasm (shared memory, for threads) and wasm/kernels-single.wasm (plain memory) with the clang that npm
// carries as WebAssembly: no compiler on the machine. Takes some seconds, and nothing when the sources haven't changed.
import { readFileSync } from "node:fs";
import path from "node:path";
import { hashOf, isCurrent, markCurrent, packageFolder, readSources, replaceFile } from "./sources.mjs";

const compile =
  "-O3 -ffp-contract=off -fvisibility=hidden -msimd128 -mbulk-memory -matomics -DWIDTH=4 -DKERNELS=kernels_simd128".split(
    " ",
  );
const link = [
  "-nostdlib",
  ...[
    "--no-entry",
    "--import-memory",
    "--max-memory=4294967296",
    "--export=__stack_pointer",
    "--export=__heap_base",
    "--stack-first",
    "--strip-all",
  ].map((option) => `-Wl,${option}`),
  "-Wl,-z,stack-size=262144",
];
const outputs = [
  { file: "kernels.wasm", options: ["-Wl,--shared-memory"] },
  { file: "kernels-single.wasm", options: [] },
];

const clangVersion = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")).devDependencies[
  "@yowasp/clang"
];
const sources = readSources();
const hash = hashOf(sources, compile, link, outputs, clangVersion);
const marker = path.join(packageFolder, "wasm", "kernels.wasm");

if (isCurrent(marker, hash)) {
  console.log("kernels: wasm is up to date");
} else {
  const started = performance.now();
  const { runClang } = await import("@yowasp/clang");
  // Loads the compiler without its messages about it.
  await runClang(null, {}, { fetchProgress() {} });
  const units = ["kernels.c", "pool.c", "threads-wasm.c"];
  const objects = await runClang(["clang", ...compile, "-c", ...units], sources);
  const objectFiles = Object.fromEntries(Object.entries(objects).filter(([name]) => name.endsWith(".o")));
  let bytes = 0;
  for (const { file, options } of outputs) {
    const built = await runClang(["clang", ...link, ...options, "-o", file, ...Object.keys(objectFiles)], objectFiles);
    replaceFile(path.join(packageFolder, "wasm", file), built[file]);
    bytes = built[file].length;
  }
  markCurrent(marker, hash);
  console.log(
    `kernels: wasm built, ${Math.round(bytes / 1024)} KB, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}
