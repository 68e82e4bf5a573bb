import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { placeNpmPackage } from "./npm-package.ts";
import type { Libraries } from "./tensorflow-libraries.ts";

const run = promisify(execFile);
/** zig is one that `pip install ziglang` brings; it has to be told which C library to aim at. */
const candidates = ["c++", "g++", "clang++", "zig c++", "python3 -m ziglang c++"];

/** The first C++ compiler that answers ($CXX, c++, g++, clang++, zig). Throws an Error that says what to install. */
export async function findCppCompiler(): Promise<readonly string[]> {
  const { CXX } = process.env;
  for (const command of CXX ? [CXX] : candidates) {
    const [program = command, ...options] = command.trim().split(/\s+/);
    const answers = await run(program, [...options, "--version"]).then(
      () => true,
      () => false,
    );
    if (answers) return [program, ...options, ...(command.includes("zig") ? zigTarget() : [])];
  }
  throw new Error(
    "backend tensorflow: a C++ compiler must be there (apt-get install g++, dnf install gcc-c++, or pip install ziglang), " +
      `got none of ${CXX ?? candidates.join(", ")}`,
  );
}

const zigTarget = (): string[] => ["-target", `${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu.2.17`];

/**
 * Compiles tfjs-node's binding (`<folder>/package/binding`) against the libraries in `<folder>/lib`, which it later finds beside itself:
 * one command, some seconds, no node-gyp. `scratch` is for headers and links that only the compiler needs.
 */
export async function compileBinding(
  folder: string,
  { compiler, libraries, scratch }: { compiler: readonly string[]; libraries: Libraries; scratch: string },
): Promise<void> {
  const sources = path.join(folder, "package", "binding");
  const include = path.join(scratch, "include");
  await writeHeaders(sources, libraries, include);
  const lib = path.join(folder, "lib");
  for (const name of readdirSync(lib)) {
    // The linker looks for names without version; each library asks for the other by its full name.
    const plain = name.replace(/_cc\.so.*/, ".so").replace(/\.so.*/, ".so");
    for (const link of [plain, name]) symlinkSync(path.join(lib, name), path.join(scratch, link));
  }
  const [program = "c++", ...options] = compiler;
  const language = "-shared -fPIC -O2 -s -w -std=c++17 -DNAPI_VERSION=8".split(" ");
  const headers = ["-I", await nodeHeaders(scratch), "-I", include];
  const files = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => path.join(sources, name));
  const output = ["-o", path.join(folder, "tfjs_binding.node"), "-L", scratch];
  const link = ["-Wl,-rpath,$ORIGIN/lib", `-Wl,-rpath-link,${scratch}`, "-ltensorflow", "-ltensorflow_framework"];
  const args = [...options, ...language, ...headers, ...files, ...output, ...link];
  await run(program, args, { maxBuffer: 2 ** 26 }).catch((error: { stderr?: string; message: string }) => {
    const text = (error.stderr ?? "") || error.message;
    const line = text.split("\n").find((part) => /error|undefined/i.test(part)) ?? text.split("\n")[0];
    throw new Error(`backend tensorflow: ${compiler.join(" ")} must compile tfjs-node's binding, got ${line?.trim()}`, {
      cause: error,
    });
  });
}

/** Of TensorFlow's thousands of headers the binding includes about fourteen: those that `#include` lines lead to. */
async function writeHeaders(sources: string, libraries: Libraries, to: string): Promise<void> {
  const seen = new Set<string>();
  const visit = async (text: string): Promise<void> => {
    for (const [, name = ""] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const header = await libraries.header(name);
      if (header === undefined) continue; // its own, beside it
      const file = path.join(to, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, header);
      await visit(header);
    }
  };
  for (const name of readdirSync(sources)) await visit(readFileSync(path.join(sources, name), "utf8"));
}

/** Node's own headers where its installation has them, else those that npm carries. */
async function nodeHeaders(scratch: string): Promise<string> {
  const near = path.resolve(realpathSync(process.execPath), "..", "..", "include", "node");
  if (existsSync(path.join(near, "node_api.h"))) return near;
  try {
    return (createRequire(import.meta.url)("node-api-headers") as { include_dir: string }).include_dir;
  } catch {
    const folder = path.join(scratch, "node-api-headers");
    await placeNpmPackage("node-api-headers", "1", folder);
    return path.join(folder, "include");
  }
}
