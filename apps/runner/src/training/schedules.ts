import { parseOptions } from "@attention-lab/attention";
import {
  noam,
  type Schedule,
  warmupConstant,
  warmupCosine,
  warmupInverseSqrt,
  warmupLinear,
} from "@attention-lab/training";
import { z } from "zod";

/** What a schedule has to know of the run. */
interface Span {
  readonly steps: number;
  readonly dModel: number;
}
interface Entry {
  parse(raw: unknown): Readonly<Record<string, unknown>>;
  /** What is open when nothing is said, besides the warm-up. */
  readonly defaults: Readonly<Record<string, unknown>>;
  make(options: Readonly<Record<string, unknown>>, span: Span): Schedule;
}

const positive = z.number().positive({ error: "must be a positive number" });
const warmup = z.int({ error: "must be a whole number of at least 0" }).min(0);
const withRate = z.strictObject({ learningRate: positive, warmup });
const inverseShape = z.strictObject({ learningRate: positive, warmup, timescale: positive.optional() });
const usual = { learningRate: 2e-3 };

/** Learning rates over a run, by name; each begins with a linear warm-up. */
export const schedules: Readonly<Record<string, Entry>> = {
  cosine: entry("cosine", withRate, usual, ({ learningRate: base, warmup }, { steps }) =>
    warmupCosine({ base, warmup, total: steps + 1 }),
  ),
  linear: entry("linear", withRate, usual, ({ learningRate: base, warmup }, { steps }) =>
    warmupLinear({ base, warmup, total: steps + 1 }),
  ),
  constant: entry("constant", withRate, usual, ({ learningRate: base, warmup }) => warmupConstant({ base, warmup })),
  "inverse-sqrt": entry("inverse-sqrt", inverseShape, usual, ({ learningRate: base, warmup, timescale }) =>
    warmupInverseSqrt({ base, warmup, timescale: timescale ?? Math.max(1, warmup) }),
  ),
  noam: entry("noam", z.strictObject({ warmup }), {}, ({ warmup }, { dModel }) => noam({ dModel, warmup })),
};

function entry<Shape extends z.ZodRawShape>(
  name: string,
  schema: z.ZodObject<Shape>,
  defaults: Readonly<Record<string, unknown>>,
  make: (options: z.output<z.ZodObject<Shape>>, span: Span) => Schedule,
): Entry {
  type Options = z.output<z.ZodObject<Shape>>;
  const parse = (raw: unknown): Options => parseOptions(`schedule ${name}`, schema, raw) as Options;
  return { parse, defaults, make: (options, span) => make(parse(options), span) };
}
