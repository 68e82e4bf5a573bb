/** What `useBackend` accepts. `auto` takes the first of native, wasm and cpu that works here. */
export const backendNames = ["auto", "native", "wasm", "tensorflow", "stock-wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];
/** A backend that can be started: any name but `auto`. */
export type StartableName = Exclude<BackendName, "auto">;

/** A backend that was passed over, and the sentence that says why. */
export interface Rejected {
  readonly name: StartableName;
  readonly why: string;
}

/** Which backend is current, and why it was chosen. */
export interface BackendReport {
  readonly name: StartableName;
  /** Its name in TensorFlow.js: `attn-native`, `attn-wasm`, `tensorflow`, `wasm` or `cpu`. */
  readonly tfBackend: string;
  readonly why: string;
  /** Present when it stands on an engine of `@attention-lab/kernels`. */
  readonly engine?: string;
  readonly instructionSet?: string;
  readonly threads: number;
  /** In the order in which they were tried. */
  readonly rejected: readonly Rejected[];
}

/** What a backend tells of itself once it runs. */
export type Started = Omit<BackendReport, "name" | "rejected">;

/** One way to compute. `start` makes it the current TensorFlow.js backend, or throws an error whose message says why it cannot. */
export interface Candidate {
  readonly name: StartableName;
  start(threads: number | undefined): Promise<Started>;
}
