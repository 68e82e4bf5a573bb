// The recipe of the native addon: which files are compiled how, for which platform. The machine's own compiler (build-native.mjs)
// and a cross-compiler (build-prebuilt.mjs) follow it alike. The Node-API headers come from npm, so there is no node-gyp.
import { execFile, execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { sourceFolder } from "./sources.mjs";

const run = promisify(execFile);
const common = ["-O3", "-fPIC", "-ffp-contract=fast", "-fvisibility=hidden", "-g0"];
const avx512 = ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mprefer-vector-width=512"];
const wide = [
  { object: "avx2", options: ["-DWIDTH=8", "-DKERNELS=kernels_avx2", "-mavx2", "-mfma"] },
  { object: "avx512", options: ["-DWIDTH=16", "-DKERNELS=kernels_avx512", ...avx512] },
];
// Without AVX2, WebAssembly is as fast as SSE2 code: there is no such build, and an old processor uses the wasm engine.
const base = [{ object: "base", options: ["-DWIDTH=4", "-DKERNELS=kernels_base"] }];

/** Everything of the recipe that changes the output, for hashing. */
export function recipe({ platform, arch }) {
  return {
    common,
    kernels: arch === "x64" ? wide : base,
    link: { darwin: ["-Wl,-undefined,dynamic_lookup"], linux: ["-lpthread"] }[platform] ?? [],
  };
}

/** The first compiler that answers (CC may carry options of its own), or undefined. */
export function findCompiler() {
  for (const command of process.env.CC ? [process.env.CC] : ["cc", "gcc", "clang"]) {
    try {
      const [program = command, ...options] = command.trim().split(/\s+/);
      const text = execFileSync(program, [...options, "--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return { program, options, version: text.split("\n")[0] };
    } catch {
      // Not there, or not a compiler: try the next.
    }
  }
  return undefined;
}

/** Compiles and links in `folder`; resolves with the path of kernels.node there. `libraries` are linked too. */
export async function compileAddon({ program, options }, target, folder, libraries = []) {
  const { common: shared, kernels, link } = recipe(target);
  const include = createRequire(import.meta.url)("node-api-headers").include_dir;
  const jobs = [
    ...kernels.map((build) => ({ source: "kernels.c", ...build })),
    { source: "pool.c", object: "pool", options: [] },
    { source: "threads-native.c", object: "threads", options: [] },
    { source: "addon.c", object: "addon", options: ["-I", include] },
  ];
  const objects = jobs.map(({ object }) => path.join(folder, `${object}.o`));
  await Promise.all(
    jobs.map(({ source, options: own }, i) =>
      run(program, [...options, ...shared, ...own, "-c", path.join(sourceFolder, source), "-o", objects[i]]),
    ),
  );
  const linked = path.join(folder, "kernels.node");
  await run(program, [...options, "-shared", ...objects, ...link, ...libraries, "-o", linked]);
  return linked;
}

/** The compiler's first complaint, or the error's own message. */
export function complaintOf(error) {
  const lines = String(error.stderr ?? error.message).split("\n");
  return (lines.find((line) => line.includes("error")) ?? error.message).trim();
}
