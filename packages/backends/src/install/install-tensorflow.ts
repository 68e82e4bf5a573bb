import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { commitFolder, privateFolder } from "@attention-lab/kernels";
import { compileBinding, findCppCompiler } from "./compile-binding.ts";
import { cudaRequirements, placeCudaLibraries } from "./cuda-libraries.ts";
import { download } from "./download.ts";
import { placeNpmPackage } from "./npm-package.ts";
import { findWheel } from "./package-index.ts";
import { type AboutTensorflow, probePrivateTensorflow, tensorflowFolder } from "./private-tensorflow.ts";
import { soleInstallation } from "./sole-installation.ts";
import { type Libraries, librariesOfPython, librariesOfWheel } from "./tensorflow-libraries.ts";
import type { LinuxMachine, Requirement } from "./wheel-choice.ts";

export interface InstallTensorflowOptions {
  /** The CUDA build; it runs on the CPU where there is no GPU. */
  readonly gpu?: boolean;
  /** The CUDA build and NVIDIA's libraries for it, out of the wheels that TensorFlow's own asks for. */
  readonly cuda?: boolean;
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
  const { from, wheel, cuda = false } = options;
  const gpu = options.gpu === true || cuda;
  if (from !== undefined && wheel !== undefined)
    throw new RangeError(`${who}: --from and --wheel exclude each other, got both`);
  if (from !== undefined && cuda)
    throw new RangeError(`${who}: --from takes the CUDA libraries of that Python, got --cuda too`);
  for (const given of [from, wheel])
    if (given !== undefined && !existsSync(given))
      throw new RangeError(`${who}: a file or folder must exist, got ${given}`);
  if (gpu && wheel !== undefined && path.basename(wheel).startsWith("tensorflow_cpu-"))
    throw new RangeError(`${who}: --wheel must be the CUDA build (tensorflow-*.whl), got ${path.basename(wheel)}`);
  const machine = linuxMachine();
  if (gpu && machine.arch !== "x86_64")
    throw new Error(`${who}: TensorFlow's CUDA builds are for x64, got ${process.arch}`);
  checkDisk(from === undefined ? (cuda ? 9500 : gpu ? 2500 : 1300) : 30);
  const compiler = await findCppCompiler();
  return soleInstallation(() => install({ ...options, gpu, cuda }, machine, compiler));
}

async function install(
  { gpu = false, cuda = false, from, wheel, say = () => {} }: InstallTensorflowOptions,
  machine: LinuxMachine,
  compiler: readonly string[],
): Promise<InstalledTensorflow> {
  const downloads = path.join(privateFolder(), "downloads");
  const fetchOne = (wanted: Requirement): Promise<string> => fetchWheel(wanted, machine, downloads, say);
  const project = gpu || machine.arch !== "x86_64" ? "tensorflow" : "tensorflow-cpu";
  const source = from === undefined ? (wheel ?? (await fetchOne({ project, versions: `==${version}` }))) : undefined;
  const cudaWheels: string[] = [];
  if (cuda && source !== undefined)
    for (const wanted of await cudaRequirements(source)) cudaWheels.push(await fetchOne(wanted));
  let about: AboutTensorflow | undefined;
  const folder = await commitFolder(folderOf(source, from), async (partial) => {
    say(`placing ${tfjsNode.name} ${tfjsNode.version}`);
    await placeNpmPackage(tfjsNode.name, tfjsNode.version, path.join(partial, "package"));
    await placeNpmPackage("google-protobuf", "3", path.join(partial, "package", "node_modules", "google-protobuf"));
    say(source === undefined ? `linking to ${from}` : `unpacking the libraries of ${path.basename(source)}`);
    const libraries =
      source === undefined ? librariesOfPython(from ?? "", partial) : await librariesOfWheel(source, partial);
    await compile(partial, compiler, libraries, say);
    for (const file of cudaWheels) {
      say(`unpacking the libraries of ${path.basename(file)}`);
      await placeCudaLibraries(file, partial);
    }
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

function linuxMachine(): LinuxMachine {
  const { platform, arch } = process;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const [machine, glibc] = [machines[arch], header.glibcVersionRuntime];
  if (platform === "linux" && machine !== undefined && glibc !== undefined) return { arch: machine, glibc };
  const libc = platform === "linux" && glibc === undefined ? " with another C library" : "";
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
  wanted: Requirement,
  machine: LinuxMachine,
  downloads: string,
  say: (line: string) => void,
): Promise<string> {
  const file = await findWheel(wanted, machine);
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
