import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { TrialConfig } from "./schema.ts";
import type { StudyTrialConfig } from "./study-schema.ts";

/** A trial's identity: sha256 (64 hexadecimal digits) of its canonical configuration. Same config, same id, same folder. */
export function trialId(config: TrialConfig | StudyTrialConfig): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex");
}
