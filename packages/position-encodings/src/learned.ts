import { parseOptions, type UnscoredPosition } from "@attention-lab/attention";
import { parameter } from "@attention-lab/nn";
import { positiveInteger, randomNormal, scope } from "@attention-lab/tensors";
import { add, slice, type Tensor3D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { checkRange } from "./position-range.ts";
import { definePosition, type PositionSite } from "./position-variant.ts";

const schema = z.strictObject({ deviation: z.number().positive().default(0.02) });
export interface LearnedOptions {
  /** Standard deviation of the initial values; GPT-2's is 0.02. */
  readonly deviation: number;
}

const who = "learned position";

/** One trainable vector per position added to the token embeddings (Gehring et al. 2017; GPT-2). Parameter: weight [maxLength, dModel]. */
export const learned = definePosition({
  name: "learned",
  paper: "Gehring et al., Convolutional Sequence to Sequence Learning, 2017, section 3.1",
  parse: (raw: unknown): LearnedOptions => parseOptions(who, schema, raw),
  build({ deviation }: LearnedOptions, { dModel, maxLength, seed }: PositionSite): UnscoredPosition {
    positiveInteger(who, "dModel", dModel);
    positiveInteger(who, "maxLength", maxLength);
    const weight = parameter(() => randomNormal(seed, [maxLength, dModel], 0, deviation));
    return {
      name: "learned",
      parameters: { weight },
      embed(x: Tensor3D, start: number): Tensor3D {
        const [, length] = x.shape; // [B,N,dModel]
        checkRange(who, start, length, maxLength);
        return scope("learned", () => add(x, slice(weight, [start, 0], [length, dModel])));
      },
    };
  },
});
