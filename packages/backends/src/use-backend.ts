import { nearest, positiveInteger } from "@attention-lab/tensors";
import type { Precision } from "@attention-lab/webgpu";
import { automaticOrder, candidates } from "./candidates.ts";
import {
  type BackendName,
  backendNames,
  type BackendReport,
  precisions,
  type Rejected,
  type StartableName,
} from "./report.ts";

export interface UseBackendOptions {
  /** Threads of the backend. Default: what the backend itself takes, usually one per core. */
  readonly threads?: number;
  /** Of attention's products. Default: the environment variable ATTN_PRECISION, or float32. */
  readonly precision?: Precision;
}

/**
 * Makes a backend the current one of TensorFlow.js. `want` beats the environment variable ATTN_ENGINE, which beats `auto`: the first
 * of native, wasm and cpu that works; the report tells why each earlier one did not.
 *
 * Throws a RangeError on an unknown name and on a precision that the backend does not have, and an Error with the reason when the backend asked for cannot run here.
 */
export async function useBackend(want?: string, options: UseBackendOptions = {}): Promise<BackendReport> {
  const { threads } = options;
  if (threads !== undefined) positiveInteger("backend", "threads", threads);
  const precision = options.precision ?? precisionOf(process.env["ATTN_PRECISION"]);
  const fromEnvironment = process.env["ATTN_ENGINE"];
  const name =
    want === undefined && fromEnvironment ? accept("ATTN_ENGINE", fromEnvironment) : accept("backend", want ?? "auto");
  if (precision !== "float32" && (name === "auto" || candidates[name].precisions?.includes(precision) !== true)) {
    throw new RangeError(`backend ${name}: precision must be float32 on every backend but webgpu, got ${precision}`);
  }
  if (name !== "auto") {
    try {
      return { name, ...(await candidates[name].start(threads, precision)), rejected: [] };
    } catch (error) {
      throw new Error(`backend ${name}: ${sentence(error)}`, { cause: error });
    }
  }
  return firstThatStarts(automaticOrder, threads);
}

async function firstThatStarts(order: readonly StartableName[], threads: number | undefined): Promise<BackendReport> {
  const rejected: Rejected[] = [];
  for (const name of order) {
    try {
      return { name, ...(await candidates[name].start(threads, "float32")), rejected };
    } catch (error) {
      rejected.push({ name, why: sentence(error) });
    }
  }
  throw new Error(`backend auto: one of ${order.join(", ")} must start, got ${rejected.map((r) => r.why).join("; ")}`);
}

function precisionOf(value: string | undefined): Precision {
  const known = precisions.find((candidate) => candidate === (value || "float32"));
  if (known === undefined)
    throw new RangeError(`ATTN_PRECISION: must be one of ${precisions.join(", ")}, got "${value}"`);
  return known;
}

function accept(who: string, name: string): BackendName {
  const known = backendNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const allowed = `must be one of ${backendNames.join(", ")}`;
  const near = nearest(name, backendNames);
  throw new RangeError(`${who}: ${allowed}, got "${name}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`);
}

/** One line: the first of the message. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? message;
}
