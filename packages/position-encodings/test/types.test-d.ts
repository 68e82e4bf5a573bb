// Checked by tsc alone (`npm run check:types`): each expected error must stay one.
import { type Attention, MultiHeadAttention, type Support } from "@attention-lab/attention";
import { alibi, index, learned, rope, shaw, sinusoidal, t5 } from "@attention-lab/position-encodings";

type Formless = { readonly [F in keyof Support]: F extends "scoreBias" | "relativeContent" ? "no scores" : true };
type Formed = { readonly [F in keyof Support]: true };
declare const formless: Attention<Formless>;
declare const formed: Attention<Formed>;

const site = { dModel: 8, heads: 2, headDim: 4, maxLength: 16, seed: 1 };
const layer = { name: "layer", dModel: 8, heads: 2, maxLength: 16, seed: 1 } as const;

// A position that leaves the scores alone goes with every variant.
for (const encoding of [
  rope(rope.parse({})),
  learned(learned.parse({})),
  sinusoidal(sinusoidal.parse({})),
  index(index.parse({})),
]) {
  new MultiHeadAttention({ ...layer, attention: formless, position: encoding.build(site) });
  new MultiHeadAttention({ ...layer, attention: formed, position: encoding.build(site) });
}

// The others only with a variant that forms scores.
new MultiHeadAttention({ ...layer, attention: formed, position: alibi(alibi.parse({})).build(site) });
new MultiHeadAttention({ ...layer, attention: formed, position: t5(t5.parse({})).build(site) });
new MultiHeadAttention({ ...layer, attention: formed, position: shaw(shaw.parse({})).build(site) });
// @ts-expect-error no scores to add a bias to
new MultiHeadAttention({ ...layer, attention: formless, position: alibi(alibi.parse({})).build(site) });
// @ts-expect-error no scores to compare positions in
new MultiHeadAttention({ ...layer, attention: formless, position: shaw(shaw.parse({})).build(site) });
