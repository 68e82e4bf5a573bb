import { statSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { installTensorflow, type InstallTensorflowOptions } from "@attention-lab/backends";
import { unknownName } from "@attention-lab/catalog";
import { committedFolders, installNative, privateFolder } from "@attention-lab/kernels";
import { Command } from "commander";
import { bytes, columns, printJson } from "../output.ts";

interface Installed {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
}

/** `attn backend`: builds and brings what npm cannot, into a private folder of this user; node_modules is never written. */
export function backendCommand(): Command {
  const command = new Command("backend").description("install, list and remove native kernels and native TensorFlow");
  command
    .command("install <what>")
    .description("native: compile the kernels with this machine's C compiler; tensorflow: bring a current TensorFlow")
    .option("--gpu", "tensorflow: the CUDA 12 build")
    .option("--cuda", "tensorflow: the CUDA 12 build and NVIDIA's libraries for it")
    .option("--from <folder>", "tensorflow: link to the TensorFlow of this Python site-packages folder")
    .option("--wheel <file>", "tensorflow: take it from this wheel instead of downloading one")
    .action(install);
  command
    .command("list")
    .description("print what is installed, and where")
    .option("--json", "print [{name, folder, bytes}]")
    .action(list);
  command.command("remove <name>").description("remove one of those that list names").action(remove);
  return command;
}

type InstallOptions = Omit<InstallTensorflowOptions, "say">;

async function install(what: string, options: InstallOptions): Promise<void> {
  const [given] = Object.keys(options);
  if (what === "native") {
    if (given !== undefined) throw new RangeError(`backend install native: takes no options, got --${given}`);
    const { path: file, instructionSet } = await installNative();
    console.log(`native kernels compiled, they run with ${instructionSet}: ${file}`);
    return;
  }
  if (what !== "tensorflow") throw unknownName("backend install", "name", ["native", "tensorflow"], what);
  const { version, gpu, noGpu, folder } = await installTensorflow({ ...options, say: (line) => console.error(line) });
  console.log(`TensorFlow ${version} computes on ${gpu ? "a GPU" : "the processor"} (--backend tensorflow): ${folder}`);
  if (noGpu !== undefined) console.log(`no GPU is in use: ${noGpu}`);
}

async function installed(): Promise<Installed[]> {
  const names = committedFolders().filter((name) => /^(?:native|tensorflow)-/.test(name));
  return Promise.all(
    names.map(async (name) => {
      const folder = path.join(privateFolder(), name);
      return { name, folder, bytes: await bytesIn(folder) };
    }),
  );
}

/** What the plain files of a folder take; links count nothing. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = entries.map((entry) => (entry.isFile() ? statSync(path.join(entry.parentPath, entry.name)).size : 0));
  return sizes.reduce((total, size) => total + size, 0);
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  const rows = await installed();
  if (json === true) printJson(rows);
  else if (rows.length === 0) console.log(`nothing is installed in ${privateFolder()}`);
  else
    console.log(
      columns(
        rows.map((row) => [row.name, bytes(row.bytes), row.folder]),
        [1],
      ),
    );
}

async function remove(name: string): Promise<void> {
  const rows = await installed();
  const found = rows.find((row) => row.name === name);
  if (found === undefined) {
    const names = rows.map((row) => row.name);
    if (names.length === 0) throw new RangeError(`backend remove: there must be something to remove, got "${name}"`);
    throw unknownName("backend remove", "name", names, name);
  }
  await rm(found.folder, { recursive: true });
  console.log(`removed ${name}, ${bytes(found.bytes)}`);
}
