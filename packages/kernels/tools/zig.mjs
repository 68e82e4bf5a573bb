// zig as a C compiler for other platforms: it carries the headers and libraries of all of them.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** What zig calls our platforms. Linux binaries ask for glibc 2.17; Node 20 itself needs 2.28. */
export const zigTargets = {
  "linux-x64": "x86_64-linux-gnu.2.17",
  "linux-arm64": "aarch64-linux-gnu.2.17",
  "darwin-x64": "x86_64-macos",
  "darwin-arm64": "aarch64-macos",
  "win32-x64": "x86_64-windows-gnu",
};

/** The command of a zig that answers, or undefined. */
export function findZig() {
  for (const command of [process.env.ZIG, "zig", "python3 -m ziglang"]) {
    if (command === undefined) continue;
    const [program, ...options] = command.trim().split(/\s+/);
    try {
      execFileSync(program, [...options, "version"], { stdio: "ignore" });
      return { program, options };
    } catch {
      // Not there: try the next.
    }
  }
  return undefined;
}

/** zig as the compiler of `compileAddon`. */
export function zigCompiler({ program, options }, target) {
  return { program, options: [...options, "cc", "-target", zigTargets[target]] };
}

/** Windows wants a library of the symbols that node.exe exports: made from the lists in node-api-headers. */
export function nodeImportLibrary({ program, options }, folder) {
  const lists = Object.values(createRequire(import.meta.url)("node-api-headers").def_paths);
  const words = lists.flatMap((file) => readFileSync(file, "utf8").split(/\s+/));
  const names = [...new Set(words.filter((word) => /^n(api|ode)_/.test(word)))];
  const [definition, library] = ["node.def", "node.lib"].map((name) => path.join(folder, name));
  writeFileSync(definition, `NAME node.exe\nEXPORTS\n${names.join("\n")}\n`);
  const command = ["dlltool", "-d", definition, "-D", "node.exe", "-l", library, "-m", "i386:x86-64"];
  execFileSync(program, [...options, ...command], { stdio: "ignore" });
  return library;
}
