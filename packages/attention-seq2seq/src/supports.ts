const contentsAlone = "the score compares contents alone";

/** What all of the package's scores can and cannot do. */
export const supports = {
  causal: true,
  keyPadding: true,
  crossAttention: true,
  groupedQuery: true,
  scoreBias: `${contentsAlone}, without a bias for each offset`,
  relativeContent: `${contentsAlone}, without a table for each offset`,
  dropout: true,
  anyLength: true,
  stepwise: "its keys are a source sequence that is complete: each step is a call with one query",
  weights: true,
} as const;
