import { median } from "@attention-lab/results";
import type { Case, Contestant } from "./contestant.ts";

export interface Row {
  readonly of: Case;
  /** Median seconds by contestant. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Peak resident bytes by contestant, of training steps alone. */
  readonly resident: Readonly<Record<string, number>>;
}

/**
 * Times every contestant on every case in turn, A B C A B C: when the machine's speed drifts, it drifts for all. The medians are over
 * `rounds` rounds after one that is not counted.
 */
export async function sideBySide(
  cases: readonly Case[],
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const of of cases) {
    const taking = contestants.filter((contestant) => contestant.covers?.(of) ?? true);
    const samples = new Map<string, number[]>(taking.map(({ name }) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const contestant of taking) {
        const seconds = await contestant.time(of);
        if (round >= 0) samples.get(contestant.name)?.push(seconds);
      }
    }
    const resident: Record<string, number> = {};
    if (of.kind === "train") {
      for (const contestant of taking) resident[contestant.name] = (await contestant.resident?.(of)) ?? Number.NaN;
    }
    rows.push({
      of,
      seconds: Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])),
      resident,
    });
  }
  return rows;
}
