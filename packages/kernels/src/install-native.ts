import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installedName } from "./addon-places.ts";
import { commitFolder } from "./private-folder.ts";

const run = promisify(execFile);
const builder = fileURLToPath(new URL("../tools/build-native.mjs", import.meta.url));
const seconds = 300;

/** Loads, and knows an instruction set of this processor; a new file is never loaded first by the process that needs it. */
const probe = `
const sets = require(process.argv[1]).instructionSets().filter((name) => name !== undefined);
if (sets.length === 0) throw new Error("this processor has no AVX2, without which wasm is as fast");
console.log(sets[0]);`;

const compilers: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: "apt-get install gcc, dnf install gcc or apk add gcc musl-dev",
  darwin: "xcode-select --install",
};

export interface InstalledNative {
  /** The addon. */
  readonly path: string;
  /** The best instruction set of this processor. */
  readonly instructionSet: string;
}

/**
 * Compiles the native addon from the sources of this package into the private folder, tries it in a child process, and only then puts it
 * where `loadEngine` looks. Takes some seconds. Throws an Error whose one sentence says what is missing.
 */
export async function installNative(): Promise<InstalledNative> {
  const advice = compilers[process.platform];
  if (advice === undefined)
    throw new Error(
      `native engine: there is no recipe for a compiler on ${process.platform}: the prebuilt package serves it`,
    );
  let instructionSet = "";
  const folder = await commitFolder(installedName(), async (partial) => {
    const addon = path.join(partial, "kernels.node");
    const explain = (error: unknown) => {
      const reason = reasonOf(error);
      const whole = reason === "no C compiler" ? `a C compiler must be installed (${advice}), got none` : reason;
      throw new Error(`native engine: ${whole}`, { cause: error });
    };
    await run(process.execPath, [builder, addon], { timeout: seconds * 1000 }).catch(explain);
    const { stdout } = (await run(process.execPath, ["-e", probe, addon]).catch(explain)) as { stdout: string };
    instructionSet = stdout.trim();
  });
  return { path: path.join(folder, "kernels.node"), instructionSet };
}

/** What the child said, in one line. */
function reasonOf(error: unknown): string {
  const { stderr = "", message = String(error) } = error as { stderr?: string; message?: string };
  const lines = (stderr || message).trim().split("\n");
  return (lines.find((line) => line.startsWith("Error: ")) ?? lines[0] ?? "").replace("Error: ", "");
}
