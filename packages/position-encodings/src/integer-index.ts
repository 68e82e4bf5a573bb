import { parseOptions, type UnscoredPosition } from "@attention-lab/attention";
import { positiveInteger, scope } from "@attention-lab/tensors";
import { add, tensor2d, type Tensor3D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { checkRange } from "./position-range.ts";
import { definePosition, type PositionSite } from "./position-variant.ts";

/** `integer`: the position p itself; `fraction`: p / maxLength, which stays below 1 but changes its meaning with maxLength. */
const units = ["integer", "fraction"] as const;
export type IndexUnit = (typeof units)[number];

const schema = z.strictObject({ unit: z.enum(units).default("integer") });
export interface IndexOptions {
  readonly unit: IndexUnit;
}

const who = "index position";

/**
 * The position as a plain number, added to the first channel of the embeddings: what one would try first, kept to be compared with. Integers
 * outgrow the embeddings, whose values are near 1, and lengths never seen in training are numbers never seen. Only one channel gets it,
 * because a number added to all of them is what the next layer norm takes away. No parameters.
 */
export const index = definePosition({
  name: "index",
  paper: "none: the strawman that Vaswani et al. 2017, section 3.5, improve upon",
  parse: (raw: unknown): IndexOptions => parseOptions(who, schema, raw),
  build({ unit }: IndexOptions, { dModel, maxLength }: PositionSite): UnscoredPosition {
    positiveInteger(who, "dModel", dModel);
    positiveInteger(who, "maxLength", maxLength);
    return {
      name: "index",
      parameters: {},
      embed(x: Tensor3D, start: number): Tensor3D {
        const [, length] = x.shape; // [B,N,dModel]
        checkRange(who, start, length, maxLength);
        const rows = new Float32Array(length * dModel);
        for (let row = 0; row < length; row++)
          rows[row * dModel] = (start + row) / (unit === "integer" ? 1 : maxLength);
        return scope("index", () => add(x, tensor2d(rows, [length, dModel])));
      },
    };
  },
});
