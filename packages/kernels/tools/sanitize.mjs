// Runs spoiled and good calls of the native addon under a checker, then builds the plain addon again:
//   node packages/kernels/tools/sanitize.mjs address|undefined|thread|valgrind [CALLS]
// Needs gcc with its sanitizer libraries, or valgrind. Node itself is not instrumented, so its own leaks are not asked for.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { packageFolder } from "./sources.mjs";

const [checker = "address", calls = "2000"] = process.argv.slice(2);
const compiler = process.env.CC ?? "cc";
const libraries = { address: "libasan.so", undefined: "libubsan.so", thread: "libtsan.so" };
const library = libraries[checker];
if (library === undefined && checker !== "valgrind")
  throw new RangeError(`sanitize: a checker must be address, undefined, thread or valgrind, got ${checker}`);

const build = (CC) =>
  execFileSync(process.execPath, [path.join(packageFolder, "tools", "build-native.mjs")], {
    env: { ...process.env, CC },
    stdio: "inherit",
  });
const node = [process.execPath, "--conditions=@attention-lab/source", "--import", "tsx"];
const program = path.join(packageFolder, "tools", "fuzz.mjs");
const options = "detect_leaks=0:halt_on_error=0:exitcode=0";

let command = [...node, program, calls, "7"];
let environment = {};
if (library === undefined) {
  build(`${compiler} -g`);
  command = ["valgrind", "--smc-check=all-non-file", ...command];
} else {
  build(`${compiler} -fsanitize=${checker} -g -fno-omit-frame-pointer`);
  const preload = execFileSync(compiler, [`-print-file-name=${library}`], { encoding: "utf8" }).trim();
  environment = { LD_PRELOAD: preload, ASAN_OPTIONS: options, TSAN_OPTIONS: options, UBSAN_OPTIONS: options };
  // ThreadSanitizer's shadow memory does not fit around randomised addresses.
  if (checker === "thread") command = ["setarch", "-R", ...command];
}
const [first, ...args] = command;
const { status, signal, stdout, stderr } = spawnSync(first, args, {
  env: { ...process.env, ...environment },
  encoding: "utf8",
  maxBuffer: 2 ** 30,
});
build(compiler);
console.log(stdout.trim());
// Node is not instrumented and synchronises in ways the checkers cannot see: a report counts where our code takes part.
const reports = stderr.split(/^=+$|^==\d+== *$/m).filter((report) => /kernels\.node|csrc\//.test(report));
for (const report of reports.slice(0, 5)) console.log(report);
const ended = status === 0 ? "" : `, ended with ${signal ?? status}`;
console.log(`sanitize ${checker}: ${reports.length} reports in the addon${ended}`);
process.exit(reports.length > 0 || status !== 0 ? 1 : 0);
