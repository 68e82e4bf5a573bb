// Builds build/kernels.node, the native addon, with the machine's C compiler ($CC, or cc, gcc, clang). The headers come from npm
// (node-api-headers), so there is no node-gyp and no download. Without a compiler it says so and succeeds: wasm does the work.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { hashOf, isCurrent, markCurrent, packageFolder, readSources, replaceFile, sourceFolder } from "./sources.mjs";

const run = promisify(execFile);
const common = ["-O3", "-fPIC", "-ffp-contract=fast", "-fvisibility=hidden", "-g0"];
const avx512 = ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mprefer-vector-width=512"];
const wide = [
  { object: "avx2", options: ["-DWIDTH=8", "-DKERNELS=kernels_avx2", "-mavx2", "-mfma"] },
  { object: "avx512", options: ["-DWIDTH=16", "-DKERNELS=kernels_avx512", ...avx512] },
];
// Without AVX2, WebAssembly is as fast as SSE2 code: there is no such build, and an old processor uses the wasm engine.
const base = [{ object: "base", options: ["-DWIDTH=4", "-DKERNELS=kernels_base"] }];
const kernelBuilds = process.arch === "x64" ? wide : base;
const link = process.platform === "darwin" ? ["-Wl,-undefined,dynamic_lookup"] : ["-lpthread"];

/** The first compiler that answers (CC may carry options of its own), or undefined. */
function findCompiler() {
  for (const command of process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"]) {
    try {
      const [program = command, ...options] = command.trim().split(/\s+/);
      const text = execFileSync(program, [...options, "--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return { compiler: program, options, version: text.split("\n")[0] };
    } catch {
      // Not there, or not a compiler: try the next.
    }
  }
  return undefined;
}

async function compileAll(compiler, compilerOptions, folder) {
  const include = createRequire(import.meta.url)("node-api-headers").include_dir;
  const jobs = [
    ...kernelBuilds.map((build) => ({ source: "kernels.c", ...build })),
    { source: "pool.c", object: "pool", options: [] },
    { source: "threads-native.c", object: "threads", options: [] },
    { source: "addon.c", object: "addon", options: ["-I", include] },
  ];
  const objects = jobs.map(({ object }) => path.join(folder, `${object}.o`));
  await Promise.all(
    jobs.map(({ source, options }, i) =>
      run(compiler, [
        ...compilerOptions,
        ...common,
        ...options,
        "-c",
        path.join(sourceFolder, source),
        "-o",
        objects[i],
      ]),
    ),
  );
  const linked = path.join(folder, "kernels.node");
  await run(compiler, [...compilerOptions, "-shared", ...objects, ...link, "-o", linked]);
  return readFileSync(linked);
}

const output = path.join(packageFolder, "build", "kernels.node");
const found = process.platform === "win32" ? undefined : findCompiler();
if (found === undefined) {
  console.log("kernels: no C compiler: the wasm engine is used");
} else {
  const { compiler, options, version } = found;
  const hash = hashOf(
    readSources(),
    common,
    kernelBuilds,
    link,
    compiler,
    options,
    version,
    process.platform,
    process.arch,
  );
  if (isCurrent(output, hash)) {
    console.log("kernels: native addon is up to date");
  } else {
    const started = performance.now();
    mkdirSync(path.dirname(output), { recursive: true });
    const folder = mkdtempSync(path.join(os.tmpdir(), "attention-lab-kernels-"));
    try {
      const bytes = await compileAll(compiler, options, folder);
      replaceFile(output, bytes);
      markCurrent(output, hash);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`kernels: native addon built by ${compiler}, ${Math.round(bytes.length / 1024)} KB, ${seconds} s`);
    } catch (error) {
      const reason =
        String(error.stderr ?? error.message)
          .split("\n")
          .find((line) => line.includes("error")) ?? error.message;
      console.log(`kernels: ${compiler} could not build the native addon (${reason.trim()}): the wasm engine is used`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
