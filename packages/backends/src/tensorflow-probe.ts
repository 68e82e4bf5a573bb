import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { type AboutTensorflow, privateTensorflows, probePrivateTensorflow } from "./install/private-tensorflow.ts";

/** A native TensorFlow that has computed a product in a child process. */
export type FoundTensorflow =
  | { readonly kind: "package"; readonly name: string; readonly path: string }
  | ({ readonly kind: "private"; readonly name: string; readonly folder: string } & Omit<AboutTensorflow, "version">);

const packageNames = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];
const probeSeconds = 60;
const advice = "attn backend install tensorflow brings a current TensorFlow";

const probe = `
require("node:util").isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require(process.argv[1]);
const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync();
if (product.some((value) => value !== 3)) throw new Error("a matMul of ones gave " + Array.from(product).join());
`;

/**
 * The user's own tfjs-node if it loads *and* computes, else what `attn backend install tensorflow` has put into the private folder: a
 * binary that loads may still die in its first product, so a child process tries. Throws an Error with one sentence otherwise.
 */
export async function findTensorflow(): Promise<FoundTensorflow> {
  const own = packageNames.map((name) => ({ name, path: resolved(name) }));
  const reasons: string[] = [];
  for (const { name, path: at } of own) {
    if (at === undefined) continue;
    const reason = await whyNot(name, at);
    if (reason === undefined) return { kind: "package", name, path: at };
    reasons.push(reason);
  }
  for (const folder of privateTensorflows()) {
    try {
      const { version, ...about } = await probePrivateTensorflow(folder);
      return { kind: "private", name: `TensorFlow ${version}`, folder, ...about };
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (reasons.length === 0) reasons.push(`the optional package ${packageNames[0]} is not installed`);
  throw new Error(`${reasons.at(-1)}; ${advice}`);
}

/** Seen from this package, or from the project that the user stands in. */
function resolved(name: string): string | undefined {
  for (const from of [import.meta.url, path.join(process.cwd(), "package.json")]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // Not installed as seen from there.
    }
  }
  return undefined;
}

async function whyNot(name: string, at: string): Promise<string | undefined> {
  try {
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
    await promisify(execFile)(process.execPath, ["-e", probe, at], { timeout: probeSeconds * 1000, env });
    return undefined;
  } catch (error) {
    return reasonOf(name, error instanceof Error ? error.message : String(error));
  }
}

function reasonOf(name: string, message: string): string {
  if (message.includes("tfjs_binding.node")) {
    return `${name} is installed, but its native library is not: its install step was skipped or could not download it`;
  }
  const line = message.split("\n").find((text) => /Error: /.test(text));
  return `${name} did not compute a small product in a child process${line === undefined ? "" : ` (${line.trim()})`}`;
}
