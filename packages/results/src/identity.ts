import { createHash } from "node:crypto";
import type { TrialConfig } from "./schema.ts";

/** JSON with sorted keys and no spaces: equal values give equal text. Keys whose value is undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** A trial's identity: sha256 (64 hexadecimal digits) of its canonical configuration. Same config, same id, same folder. */
export function trialId(config: TrialConfig): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex");
}
