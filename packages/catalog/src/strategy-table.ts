import type * as entries from "./strategies.ts";

/** One strategy's row of the list. */
export interface StrategyRow {
  readonly strategy: string;
  readonly summary: string;
  readonly source: string;
  readonly options: readonly string[];
}

const rows: Readonly<Record<keyof typeof entries, StrategyRow>> = {
  greedy: { strategy: "greedy", summary: "the likeliest token", source: "", options: [] },
  sample: {
    strategy: "sample",
    summary: "a draw from the distribution, sharpened and cut to likely tokens",
    source: "Fan et al. 2018; Holtzman et al. 2020; Meister et al. 2023; Nguyen et al. 2024",
    options: ["temperature", "topK", "topP", "minP", "typical", "ties"],
  },
  beamSearch: {
    strategy: "beam",
    summary: "the best of several hypotheses that are continued together",
    source: "Graves 2012; Wu et al. 2016",
    options: ["beams", "results", "lengthPenalty", "stopRule", "filtersOn"],
  },
};

/** How every strategy of the catalogue chooses, as plain data; `attn list` prints it. */
export function strategyTable(): StrategyRow[] {
  return Object.values(rows);
}
