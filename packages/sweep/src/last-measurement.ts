import { join } from "node:path";
import { attemptFile, fileTail, Measurement } from "@attention-lab/results/store";

const tailBytes = 8192;

/** The last whole line of an attempt's measurements; undefined when there is none. */
export function lastMeasurement(attempt: string): Measurement | undefined {
  const lines = fileTail(join(attempt, attemptFile.measurements), tailBytes)?.text.split("\n") ?? [];
  try {
    return Measurement.parse(JSON.parse(lines.at(-2) ?? ""));
  } catch {
    return undefined;
  }
}
