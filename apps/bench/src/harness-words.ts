import { formatLength, formatSeconds, type Interval } from "@attention-lab/results";
import type { HarnessRow } from "./harness.ts";

/** One line per trial: "full 1,024: 3.2 ms a call; the harness adds 0.3 % (quartiles -0.4 to 0.9 %)". */
export function harnessWords(rows: readonly HarnessRow[]): string {
  const percent = (share: number) => (100 * share).toFixed(1).replace(/^-0\.0$/, "0.0");
  return rows
    .map(
      ({ variant, length, bare, overhead: { value, low, high } }) =>
        `${variant} ${formatLength(length)}: ${formatSeconds(bare)} a call; the harness adds ${percent(value)} % (quartiles ${percent(low)} to ${percent(high)} %)`,
    )
    .join("\n");
}

export function trialOverheadWords({ value, low, high }: Interval): string {
  return `a trial of its own, spawn to result: ${formatSeconds(value)} (quartiles ${formatSeconds(low)} to ${formatSeconds(high)})`;
}
