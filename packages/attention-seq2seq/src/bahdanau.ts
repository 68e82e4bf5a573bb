import { add, reshape, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { defineAttention, type Mechanism, parseOptions, positiveCount, type Site } from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { positiveInteger } from "@attention-lab/tensors";
import { z } from "zod";
import { additiveMechanism, headMatrix, headVector } from "./additive-mechanism.ts";
import { additiveCost } from "./cost.ts";
import { projectHeads } from "./project-heads.ts";
import { supports } from "./supports.ts";

const who = "bahdanau attention";
const schema = z.strictObject({ units: positiveCount, bias: z.boolean().optional() });

export interface BahdanauOptions {
  /** Width A of the hidden layer: the length of v. */
  readonly units: number;
  /** Whether a vector is added inside the tanh; false by default, as in the paper. */
  readonly bias?: boolean;
}

/**
 * Additive attention (Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to Align and Translate", section 3.1 and appendix
 * A.1.2): out_i = sum_j softmax_j(v . tanh(W s_i + U h_j (+ b))) h_j, with decoder states s as queries and encoder states h as keys. Bahdanau
 * attends with the previous decoder state: which state is handed in is the caller's. Each head has W, U [D,A] and v [A] of its own. There is no
 * scale: `Site.scale` is not read. Time O(N M A), memory O(N M).
 */
export const bahdanau = defineAttention({
  name: "bahdanau",
  paper:
    "Bahdanau et al. 2015, Neural Machine Translation by Jointly Learning to Align and Translate, https://arxiv.org/abs/1409.0473",
  version: 1,
  supports,
  parse: (raw): BahdanauOptions => parseOptions(who, schema, raw),
  build,
  cost: ({ units, bias = false }, site, lengths) => {
    positiveInteger(who, "units", units);
    const parameters = site.heads * units * (2 * site.headDim + (bias ? 2 : 1));
    const beside = bias ? lengths.batch * lengths.queries * units : 0;
    return additiveCost(site, lengths, { units, parameters, beside });
  },
});

function build({ units, bias: biased = false }: BahdanauOptions, site: Site): Mechanism {
  positiveInteger(who, "units", units);
  const { heads, headDim } = site;
  const query = headMatrix(site, "query weight", headDim, units);
  const key = headMatrix(site, "key weight", headDim, units);
  const vector = headVector(site, "score weight", units);
  const bias = biased ? parameter(() => zeros([heads, units])) : undefined;
  return additiveMechanism(site, {
    parameters: {
      "query.weight": query,
      "key.weight": key,
      "score.weight": vector,
      ...(bias === undefined ? {} : { bias }),
    },
    vector,
    queries: (q) => {
      const projected = projectHeads(q, query);
      return bias === undefined ? projected : (add(projected, reshape(bias, [heads, 1, 1, units])) as Tensor4D);
    },
    keys: (k) => projectHeads(k, key),
  });
}
