import { parseOptions } from "@attention-lab/attention";
import { adam, adamW, type MakeOptimizer, sgd } from "@attention-lab/training";
import { z } from "zod";

/** An optimiser by name: what its options may be, and the optimiser of them. Ranges are checked by the optimiser itself. */
interface Entry {
  parse(raw: unknown): Readonly<Record<string, unknown>>;
  make(options: Readonly<Record<string, unknown>>): MakeOptimizer;
}

const number = z.number();
const adamShape = {
  beta1: number.default(0.9),
  beta2: number.default(0.999),
  epsilon: number.default(1e-8),
};
const sgdShape = {
  momentum: number.default(0.9),
  nesterov: z.boolean().default(false),
  weightDecay: number.default(0),
};

export const optimizers: Readonly<Record<string, Entry>> = {
  adamw: entry("adamw", z.strictObject({ ...adamShape, weightDecay: number.default(0.01) }), adamW),
  adam: entry("adam", z.strictObject({ ...adamShape, weightDecay: number.default(0) }), adam),
  sgd: entry("sgd", z.strictObject(sgdShape), sgd),
};

function entry<Shape extends z.ZodRawShape>(
  name: string,
  schema: z.ZodObject<Shape>,
  make: (options: z.output<z.ZodObject<Shape>>) => MakeOptimizer,
): Entry {
  type Options = z.output<z.ZodObject<Shape>>;
  const parse = (raw: unknown): Options => parseOptions(`optimizer ${name}`, schema, raw) as Options;
  return {
    parse: (raw) => {
      const options = parse(raw);
      make(options)([]); // without variables it only checks its options
      return options;
    },
    make: (options) => make(parse(options)),
  };
}
