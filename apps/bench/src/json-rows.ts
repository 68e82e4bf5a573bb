import { label, operations } from "./contestant.ts";
import type { Row } from "./side-by-side.ts";

/** One comparison, for other programs. */
export interface JsonRow {
  readonly bench: string;
  readonly case: string;
  readonly engine: string;
  readonly peer: string;
  readonly oursMs: number;
  readonly theirsMs: number;
  /** How many times faster ours is. */
  readonly ratio: number;
  /** Of the machine's peak; null where it was not measured. */
  readonly percentOfPeak: number | null;
  /** Peak resident memory over the peer's, of training steps. */
  readonly residentRatio?: number;
}

/** Every engine of ours against every peer, case by case. */
export function jsonRows(
  bench: string,
  rows: readonly Row[],
  {
    ours,
    peers,
    peaks,
  }: { ours: readonly string[]; peers: readonly string[]; peaks: Readonly<Record<string, number>> },
): JsonRow[] {
  return rows.flatMap(({ of, seconds, resident }) =>
    ours.flatMap((engine) =>
      peers.flatMap((peer): JsonRow[] => {
        const [own, other] = [seconds[engine], seconds[peer]];
        if (own === undefined || other === undefined) return [];
        const peak = peaks[engine];
        const [ownBytes, otherBytes] = [resident[engine], resident[peer]];
        return [
          {
            bench,
            case: label(of),
            engine,
            peer,
            oursMs: own * 1000,
            theirsMs: other * 1000,
            ratio: other / own,
            percentOfPeak: peak === undefined ? null : operations(of) / own / 1e7 / peak,
            ...(ownBytes !== undefined && otherBytes !== undefined && { residentRatio: ownBytes / otherBytes }),
          },
        ];
      }),
    ),
  );
}
