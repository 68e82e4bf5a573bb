import type { FailureRecord, TrialConfig } from "@attention-lab/results/store";

/** What the parent asks of a measuring process, over the channel of `fork`. One request is under way at a time. */
export type Request =
  | {
      readonly kind: "start";
      readonly backend: string;
      readonly threads: number;
      /** Modules of variants outside the catalogue, by absolute path: loaded before the first trial. */
      readonly modules: readonly string[];
    }
  /** One timed repeat; `inner` calls are timed together, or as many as make a measurable time when it is not given. */
  | { readonly kind: "time"; readonly config: TrialConfig; readonly inner?: number }
  /** One call in a process that runs nothing else. */
  | { readonly kind: "memory"; readonly config: TrialConfig };

export interface Timed {
  readonly kind: "timed";
  /** Of one call. */
  readonly seconds: number;
  /** Of those, what a graphics card spent computing; absent where the backend has no timestamps. */
  readonly gpuSeconds?: number;
  readonly inner: number;
  /** The machine's load average of the last minute. */
  readonly load: number;
}
export interface Weighed {
  readonly kind: "weighed";
  /** Most live bytes above the inputs, as the backend counts them. */
  readonly peakBytes: number;
  /** Most memory that the process ever held resident, all of it: Node, TensorFlow.js, the inputs. */
  readonly residentBytes: number;
}
export interface Failed {
  readonly kind: "failed";
  readonly status: FailureRecord["status"];
  readonly message: string;
}
export interface Ready {
  readonly kind: "ready";
  readonly backend: string;
}
/** What a measuring process answers. */
export type Reply = Ready | Timed | Weighed | Failed;
