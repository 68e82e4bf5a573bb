// Checked by tsc alone (`npm run check:types`): each expected error must stay one.
import {
  accept,
  type Attention,
  type Cost,
  defineAttention,
  type Mechanism,
  MultiHeadAttention,
  type Position,
  type ScoreBias,
  supportsEverything,
} from "@attention-lab/attention";

declare const mechanism: Mechanism;
declare const cost: Cost;
declare const chosenAtRunTime: Attention;
declare const bias: ScoreBias;

const yes = supportsEverything;

const parts = { paper: "none", version: 1, parse: () => ({}), build: () => mechanism, cost: () => cost };
const able = defineAttention({ name: "able", supports: yes, ...parts });
const projected = defineAttention({
  name: "projected",
  supports: {
    ...yes,
    causal: "the projection mixes future positions",
    groupedQuery: "not this one",
    scoreBias: "slots have no position",
    dropout: "nothing to drop",
  },
  ...parts,
});

const layer = { name: "layer", dModel: 8, heads: 2, maxLength: 16, seed: 1 } as const;
const plain = { name: "plain", parameters: {} } satisfies Position;
const alibi = { ...plain, bias } satisfies Position;

// A variant that can is asked for everything.
new MultiHeadAttention({
  ...layer,
  attention: able({}),
  causal: true,
  keyValueHeads: 1,
  dropout: 0.1,
  position: alibi,
});
// One that cannot is asked for the rest.
new MultiHeadAttention({ ...layer, attention: projected({}), causal: false, position: plain });

// @ts-expect-error the projection mixes future positions
new MultiHeadAttention({ ...layer, attention: projected({}), causal: true });
// @ts-expect-error no grouped heads
new MultiHeadAttention({ ...layer, attention: projected({}), keyValueHeads: 1 });
// @ts-expect-error no weights are dropped
new MultiHeadAttention({ ...layer, attention: projected({}), dropout: 0.1 });
// @ts-expect-error no bias is added
new MultiHeadAttention({ ...layer, attention: projected({}), position: alibi });

// @ts-expect-error a variant chosen at run time passes through accept first
new MultiHeadAttention({ ...layer, attention: chosenAtRunTime, causal: true });
new MultiHeadAttention({ ...layer, attention: chosenAtRunTime });
new MultiHeadAttention({ ...layer, attention: accept(chosenAtRunTime, ["causal"]), causal: true });
// @ts-expect-error only what was accepted
new MultiHeadAttention({ ...layer, attention: accept(chosenAtRunTime, ["causal"]), keyValueHeads: 1 });

// @ts-expect-error every feature needs an answer
defineAttention({ name: "silent", supports: { causal: true }, ...parts });
// @ts-expect-error false is no answer: a sentence is
defineAttention({ name: "curt", supports: { ...yes, causal: false }, ...parts });

// The name and the sentences are kept as literals, for tables and for the config's type.
able.variant satisfies "able";
projected.supports.causal satisfies "the projection mixes future positions";
