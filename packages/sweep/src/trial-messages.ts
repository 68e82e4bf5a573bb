import type { StudyTrialConfig } from "@attention-lab/results/store";
import type { Failed } from "./messages.ts";

/** What a trial process is told to do, over the channel of `fork`. */
export type TrialRequest =
  | {
      readonly kind: "run";
      readonly config: StudyTrialConfig;
      /** `trials/<id>`, where earlier attempts lie. */
      readonly trial: string;
      /** `attempts/<n>`, where it writes. */
      readonly attempt: string;
      /** What `owner.json` of the attempt says: when it says anything else, the folder was deleted and is somebody else's. */
      readonly owner: string;
      /** Module of a program from outside. */
      readonly module?: string;
      readonly backend?: string;
      readonly threads?: number;
      readonly environment: EnvironmentStart;
    }
  /** Come to an end: nobody waits for the result any more. */
  | { readonly kind: "stop" };

/** What the process that starts trials knows of the environment; the rest is found out where the trial runs. */
export interface EnvironmentStart {
  readonly commit: string | null;
  /** Whether the working folder had changes beside the commit; null where there is no repository. */
  readonly dirty: boolean | null;
  /** Those changes, kept only when asked for. */
  readonly diff?: string;
  /** Versions of the parts that ran. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What a trial process answers, once. */
export type TrialReply =
  | {
      readonly kind: "finished";
      readonly metrics: Readonly<Record<string, number | null>>;
      readonly residentBytes: number;
    }
  | (Failed & { readonly residentBytes: number })
  /** The disk refused; that says nothing about the trial. */
  | { readonly kind: "disk"; readonly message: string }
  | { readonly kind: "stopped" };
