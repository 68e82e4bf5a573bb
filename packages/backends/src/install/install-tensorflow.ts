import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { commitFolder, privateFolder } from "@attention-lab/kernels";
import { compileBinding, findCppCompiler } from "./compile-binding.ts";
import { download } from "./download.ts";
import { placeNpmPackage } from "./npm-package.ts";
import { findWheel } from "./package-index.ts";
import { type AboutTensorflow, probePrivateTensorflow, tensorflowFolder } from "./private-tensorflow.ts";
import { type Libraries, librariesOfPython, librariesOfWheel } from "./tensorflow-libraries.ts";

export interface InstallTensorflowOptions {
  /** The CUDA build; it runs on the CPU where there is no GPU. */
  readonly gpu?: boolean;
  /** A Python `site-packages` whose TensorFlow (and CUDA libraries) are linked to; nothing is downloaded. */
  readonly from?: string;
  /** A wheel that is on this machine already. */
  readonly wheel?: string;
  /** Called with each step, and while a download goes on. */
  readonly say?: (line: string) => void;
}

export interface InstalledTensorflow extends AboutTensorflow {
  readonly folder: string;
}

/** As fast as the newest, silent, and it finds CUDA libraries beside itself. */
const version = "2.20.0";
const tfjsNode = { name: "@tensorflow/tfjs-node-gpu", version: "4.22.0" };
const who = "backend tensorflow";
const loader = fileURLToPath(new URL("../../loader/", import.meta.url));
const machines: Readonly<Partial<Record<string, string>>> = { x64: "x86_64", arm64: "aarch64" };
const mebibyte = 2 ** 20;

/**
 * Gives TensorFlow.js a current native TensorFlow: takes the libraries out of TensorFlow's own Python wheel, compiles tfjs-node's binding against
 * them, proves it in a child process, and only then puts it where `useBackend("tensorflow")` looks. Nothing in node_modules is written, no install
 * script runs, Python is not needed. Throws an Error whose one sentence says what is missing.
 */
export async function installTensorflow(options: InstallTensorflowOptions = {}): Promise<InstalledTensorflow> {
  const { gpu = false, from, wheel, say = () => {} } = options;
  if (from !== undefined && wheel !== undefined)
    throw new RangeError(`${who}: --from and --wheel exclude each other, got both`);
  for (const given of [from, wheel])
    if (given !== undefined && !existsSync(given))
      throw new RangeError(`${who}: a file or folder must exist, got ${given}`);
  const machine = checkPlatform();
  checkDisk(from === undefined ? (gpu ? 2500 : 1300) : 30);
  const compiler = await findCppCompiler();
  const downloads = path.join(privateFolder(), "downloads");
  let about: AboutTensorflow | undefined;
  const project = gpu || machine !== "x86_64" ? "tensorflow" : "tensorflow-cpu";
  const source =
    from === undefined ? (wheel ?? (await fetchWheel({ project, version, machine }, downloads, say))) : undefined;
  const folder = await commitFolder(folderOf(source, from), async (partial) => {
    say(`placing ${tfjsNode.name} ${tfjsNode.version}`);
    await placeNpmPackage(tfjsNode.name, tfjsNode.version, path.join(partial, "package"));
    await placeNpmPackage("google-protobuf", "3", path.join(partial, "package", "node_modules", "google-protobuf"));
    say(source === undefined ? `linking to ${from}` : `unpacking the libraries of ${path.basename(source)}`);
    const libraries =
      source === undefined ? librariesOfPython(from ?? "", partial) : await librariesOfWheel(source, partial);
    await compile(partial, compiler, libraries, say);
    writeLoader(partial);
    say("computing a product and a gradient in a child process");
    about = await probePrivateTensorflow(partial);
  });
  if (about === undefined) throw new Error(`${who}: the installation must have been tried, got none`);
  // Kept until here, so that a failure after the download costs no second one.
  rmSync(downloads, { recursive: true, force: true });
  return { ...about, folder };
}

/** Version and kind as the wheel's name tells them, or Python's record of what it installed. */
function folderOf(wheel: string | undefined, sitePackages = ""): string {
  const records = wheel === undefined ? readdirSync(sitePackages) : [path.basename(wheel)];
  const name = records.map((record) => /^tensorflow(_cpu)?-(\d[\w.]*?)(?:-cp|\.dist-info)/.exec(record)).find(Boolean);
  return tensorflowFolder(name?.[2] ?? version, name?.[1] === undefined);
}

function checkPlatform(): string {
  const { platform, arch } = process;
  const header = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  const machine = machines[arch];
  if (platform === "linux" && machine !== undefined && header.glibcVersionRuntime !== undefined) return machine;
  const libc = platform === "linux" && header.glibcVersionRuntime === undefined ? " with another C library" : "";
  throw new Error(
    `${who}: TensorFlow's wheels are for Linux with glibc on x64 or arm64, got ${platform} on ${arch}${libc}`,
  );
}

function checkDisk(wanted: number): void {
  const home = privateFolder();
  mkdirSync(home, { recursive: true });
  const { bavail, bsize } = statfsSync(home);
  const free = Math.floor((bavail * bsize) / mebibyte);
  if (free < wanted)
    throw new Error(`${who}: ${home} must have ${wanted} MiB free (ATTN_HOME names another place), got ${free}`);
}

async function fetchWheel(
  wanted: { project: string; version: string; machine: string },
  downloads: string,
  say: (line: string) => void,
): Promise<string> {
  const file = await findWheel(wanted);
  let shown = 0;
  say(`downloading ${file.name}`);
  return download(file, downloads, (bytes, total) => {
    if (bytes - shown < 32 * mebibyte) return;
    shown = bytes;
    const whole = total === undefined ? "" : ` of ${Math.round(total / mebibyte)}`;
    say(`downloading ${file.name}: ${Math.round(bytes / mebibyte)}${whole} MiB`);
  });
}

async function compile(
  folder: string,
  compiler: readonly string[],
  libraries: Libraries,
  say: (line: string) => void,
): Promise<void> {
  const scratch = path.join(folder, "scratch");
  mkdirSync(scratch);
  try {
    say(`compiling the binding with ${compiler[0]}`);
    await compileBinding(folder, { compiler, libraries, scratch });
  } finally {
    await libraries.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The files that load it, and the ones that tfjs-node takes for TensorFlow.js. */
function writeLoader(folder: string): void {
  for (const name of readdirSync(loader)) copyFileSync(path.join(loader, name), path.join(folder, name));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "main": "index.cjs" }\n');
  for (const name of ["tfjs", "tfjs-core"]) {
    const stub = path.join(folder, "package", "node_modules", "@tensorflow", name);
    mkdirSync(stub, { recursive: true });
    copyFileSync(path.join(loader, "tfjs-shim.cjs"), path.join(stub, "index.js"));
  }
}
