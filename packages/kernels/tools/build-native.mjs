// Builds the native addon with the machine's C compiler ($CC, or cc, gcc, clang).
//   node tools/build-native.mjs          build/kernels.node of this clone; without a compiler it says so and succeeds: wasm does the work
//   node tools/build-native.mjs FILE     FILE, for `attn backend install native`; without a compiler it says so and fails
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { compileAddon, complaintOf, findCompiler, recipe } from "./compile-native.mjs";
import { hashOf, isCurrent, markCurrent, packageFolder, readSources, replaceFile } from "./sources.mjs";

const wanted = process.argv[2];
const output = wanted ?? path.join(packageFolder, "build", "kernels.node");
const found = process.platform === "win32" ? undefined : findCompiler();
const hash = hashOf(readSources(), recipe(process), found, process.platform, process.arch);

function refuse(sentence) {
  if (wanted === undefined) console.log(`kernels: ${sentence}: the wasm engine is used`);
  else {
    console.error(sentence);
    process.exitCode = 1;
  }
}

if (found === undefined) {
  refuse("no C compiler");
} else if (wanted === undefined && isCurrent(output, hash)) {
  console.log("kernels: native addon is up to date");
} else {
  const started = performance.now();
  mkdirSync(path.dirname(output), { recursive: true });
  // Beside the output, so that whoever gives up on the output's folder removes this too.
  const folder = mkdtempSync(path.join(path.dirname(output), "compile-"));
  try {
    const bytes = readFileSync(await compileAddon(found, process, folder));
    replaceFile(output, bytes);
    if (wanted === undefined) markCurrent(output, hash);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`kernels: native addon built by ${found.program}, ${Math.round(bytes.length / 1024)} KB, ${seconds} s`);
  } catch (error) {
    refuse(`${found.program} could not build the native addon (${complaintOf(error)})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
