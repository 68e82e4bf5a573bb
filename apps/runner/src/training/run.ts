import { parseOptions, positiveCount } from "@attention-lab/attention";
import { z } from "zod";

/** A part that is chosen by name, with the options of that name. */
export interface Named {
  readonly name: string;
  readonly [option: string]: unknown;
}

const named = z.looseObject({ name: z.string() });
const count = z.int({ error: "must be a whole number of at least 0" }).min(0);
const positive = z.number().positive({ error: "must be a positive number" });
const share = z.number().min(0).lt(1);

const modelSchema = z.strictObject({
  kind: z.enum(["decoder", "encoder", "encoder-decoder", "recurrent"]).optional(),
  layers: positiveCount.optional(),
  dModel: positiveCount.optional(),
  heads: positiveCount.optional(),
  keyValueHeads: positiveCount.optional(),
  headDim: positiveCount.optional(),
  feedForward: positiveCount.optional(),
  /** Whether the layers of attention and feed-forward have biases. */
  bias: z.boolean().optional(),
  scaleEmbeddings: z.boolean().optional(),
  /** Positions that a model is built for, where that is more than the task's length: to be evaluated beyond it. */
  maxLength: positiveCount.optional(),
  norm: z.enum(["pre", "post"]).optional(),
  normKind: z.enum(["layer", "rms"]).optional(),
  activation: z.enum(["relu", "geluErf", "geluTanh", "swiglu"]).optional(),
  dropout: share.optional(),
  attentionDropout: share.optional(),
  feedForwardDropout: share.optional(),
  tied: z.boolean().optional(),
  cell: z.enum(["rnn", "lstm", "gru"]).optional(),
  bidirectional: z.boolean().optional(),
  reverseSource: z.boolean().optional(),
  attend: z.enum(["before", "after"]).optional(),
  inputFeeding: z.boolean().optional(),
});

/** A run as a file may hold it; what belongs to a model has a schema of its own, so that its sentences name it. */
export const runSchema = z.strictObject({
  task: named.optional(),
  model: z.unknown().optional(),
  attention: z.union([named, z.array(named)]).optional(),
  position: named.optional(),
  optimizer: named.optional(),
  schedule: named.optional(),
  steps: positiveCount.optional(),
  accumulate: positiveCount.optional(),
  clipNorm: positive.nullable().optional(),
  labelSmoothing: z.unknown().optional(),
  evaluateEvery: positiveCount.optional(),
  patience: positiveCount.optional(),
  seed: count.optional(),
});
const smoothingSchema = z.strictObject({ amount: share, over: z.enum(["all", "others"]) });

export type ModelConfig = z.output<typeof modelSchema>;
export type Smoothing = z.output<typeof smoothingSchema>;

/** A training run as a person may write it: whatever is left open gets a default. */
export interface RunConfig extends Omit<z.output<typeof runSchema>, "model" | "labelSmoothing"> {
  readonly model: ModelConfig;
  readonly labelSmoothing?: Smoothing;
}

/** Everything that decides a training run besides the engine; nothing is left open. */
export interface Run {
  readonly task: Named;
  readonly model: ModelConfig;
  /** One for each layer, or one for all. Empty: a recurrent model that looks at nothing but its state. */
  readonly attention: readonly Named[];
  readonly position: Named;
  readonly optimizer: Named;
  readonly schedule: Named;
  readonly steps: number;
  readonly accumulate: number;
  /** Null: gradients are not clipped. */
  readonly clipNorm: number | null;
  readonly labelSmoothing: Smoothing;
  readonly evaluateEvery?: number;
  readonly patience?: number;
  readonly seed: number;
}

/** Reads a config; a RangeError says in one sentence, with the near miss, what is wrong with it. */
export function parseRun(who: string, raw: unknown): RunConfig {
  const { model, labelSmoothing, ...rest } = parseOptions(who, runSchema, raw);
  return {
    ...rest,
    model: parseOptions(`${who}: model`, modelSchema, model ?? {}),
    ...(labelSmoothing === undefined
      ? {}
      : { labelSmoothing: parseOptions(`${who}: labelSmoothing`, smoothingSchema, labelSmoothing) }),
  };
}
