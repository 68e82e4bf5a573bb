// Runs spoiled and good calls of the native addon under a checker, then builds the plain addon again:
//   node packages/kernels/tools/sanitize.mjs address|undefined|thread|valgrind [CALLS]
// Needs gcc with its sanitizer libraries, or valgrind. Node itself is not instrumented, so its own leaks are not asked for.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { packageFolder } from "./sources.mjs";

const [checker = "address", calls = "2000"] = process.argv.slice(2);
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
const options = "detect_leaks=0:halt_on_error=1:exitcode=66";

let command = [...node, program, calls, "7"];
let environment = {};
if (library === undefined) {
  build("cc");
  command = ["valgrind", "--quiet", "--error-exitcode=66", "--smc-check=all-non-file", ...command];
} else {
  build(`cc -fsanitize=${checker} -g -fno-omit-frame-pointer`);
  const preload = execFileSync("cc", [`-print-file-name=${library}`], { encoding: "utf8" }).trim();
  environment = { LD_PRELOAD: preload, ASAN_OPTIONS: options, TSAN_OPTIONS: options, UBSAN_OPTIONS: options };
  // ThreadSanitizer's shadow memory does not fit around randomised addresses.
  if (checker === "thread") command = ["setarch", "-R", ...command];
}
const [program0, ...args] = command;
const { status, signal } = spawnSync(program0, args, { env: { ...process.env, ...environment }, stdio: "inherit" });
build("cc");
console.log(`sanitize ${checker}: ${status === 0 ? "nothing found" : `ended with ${signal ?? status}`}`);
process.exit(status ?? 1);
