import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { committedFolders, privateFolder } from "@attention-lab/kernels";
import { missingForGpu, tellMissingLibraries } from "./missing-for-gpu.ts";

/** What an installation says of itself once it has computed. */
export interface AboutTensorflow {
  readonly version: string;
  readonly gpu: boolean;
  /** Why a CUDA build computes on the processor. */
  readonly noGpu?: string;
}

const seconds = 120;
const require = createRequire(import.meta.url);

/** The name of an installation's folder; a home folder may be shared by machines of several kinds. */
export function tensorflowFolder(version: string, gpu: boolean): string {
  return `tensorflow-${version}-${gpu ? "gpu" : "cpu"}-${process.platform}-${process.arch}`;
}

/** What `attn backend install tensorflow` has put into the private folder for this platform, best first: CUDA, then the newest. */
export function privateTensorflows(): string[] {
  const here = `-${process.platform}-${process.arch}`;
  const names = committedFolders().filter((name) => name.startsWith("tensorflow-") && name.endsWith(here));
  const rank = (name: string): number => (name.endsWith(`-gpu${here}`) ? 0 : 1);
  return names
    .toReversed()
    .toSorted((a, b) => rank(a) - rank(b))
    .map((name) => path.join(privateFolder(), name));
}

/** Loads it, and computes a product and a gradient with it, in a child process. Throws an Error whose message is one line. */
export async function probePrivateTensorflow(folder: string): Promise<AboutTensorflow> {
  const args = [path.join(folder, "probe.cjs"), folder, require.resolve("@tensorflow/tfjs")];
  const forCuda = /-gpu-/.test(path.basename(folder));
  const env = { ...process.env, ...(forCuda && tellMissingLibraries) };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: seconds * 1000, env });
    const about = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as AboutTensorflow;
    return forCuda && !about.gpu ? { ...about, noGpu: missingForGpu(stderr) } : about;
  } catch (error) {
    throw new Error(`TensorFlow in ${folder} did not compute in a child process (${reasonOf(error)})`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const { signal, stderr = "", message } = error as { signal?: string; stderr?: string; message: string };
  if (signal === "SIGILL") return "this processor lacks instructions that it was built for, such as AVX";
  const line = stderr.split("\n").find((text) => /^\w*Error: /.test(text));
  return signal ? `it died of ${signal}` : (line ?? message.split("\n")[0] ?? "").replace(/^\w*Error: /, "").trim();
}

/** Registers the backend "tensorflow" of an installation in this process. */
export function loadPrivateTensorflow(folder: string): AboutTensorflow {
  const load = require(folder) as (tfjs: unknown) => AboutTensorflow;
  return load(require("@tensorflow/tfjs"));
}
