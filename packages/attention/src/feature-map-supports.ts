import { type Support, supportsEverything } from "./contract.ts";

/** What `featureMapMechanism` can do. `replaced` says what stands in the scores' place and begins each refusal: "the feature map replaces the scores". */
export function featureMapSupports(replaced: string) {
  return {
    ...supportsEverything,
    scoreBias: `${replaced}: a bias for each offset does not factorise into a query part and a key part`,
    relativeContent: `${replaced}: a term for each offset does not factorise into a query part and a key part`,
    dropout: `${replaced}: no weights are formed that could be dropped`,
  } as const satisfies Support;
}
