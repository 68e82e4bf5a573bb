import type { Precision } from "@attention-lab/webgpu";

/** What `useBackend` accepts. `auto` takes the first of native, wasm and cpu that works here. */
export const backendNames = ["auto", "native", "wasm", "tensorflow", "webgpu", "stock-wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];
/** A backend that can be started: any name but `auto`. */
export type StartableName = Exclude<BackendName, "auto">;

/** What `--precision` accepts: float16 is for attention on webgpu. */
export const precisions = ["float32", "float16"] as const satisfies readonly Precision[];

/** A backend that was passed over, and the sentence that says why. */
export interface Rejected {
  readonly name: StartableName;
  readonly why: string;
}

/** Which backend is current, and why it was chosen. */
export interface BackendReport {
  readonly name: StartableName;
  /** Its name in TensorFlow.js: `attn-native`, `attn-wasm`, `tensorflow`, `webgpu`, `wasm` or `cpu`. */
  readonly tfBackend: string;
  readonly why: string;
  /** The engine of `@attention-lab/kernels` that it stands on, or the graphics card. */
  readonly engine?: string;
  /** Of a graphics card, the precision of its kernels, and the matrices that it multiplies whole, if it does. */
  readonly instructionSet?: string;
  readonly threads: number;
  /** float16 where it was asked for and is computed; otherwise float32. */
  readonly precision?: Precision;
  /** In the order in which they were tried. */
  readonly rejected: readonly Rejected[];
}

/** What a backend tells of itself once it runs. */
export type Started = Omit<BackendReport, "name" | "rejected">;

/** One way to compute. `start` makes it the current TensorFlow.js backend, or throws an error whose message says why it cannot. */
export interface Candidate {
  readonly name: StartableName;
  /** Precisions other than float32, if it has any. */
  readonly precisions?: readonly Precision[];
  start(threads: number | undefined, precision: Precision): Promise<Started>;
}
