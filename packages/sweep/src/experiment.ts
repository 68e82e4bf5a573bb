import { parseOptions } from "@attention-lab/attention";
import { readAttention, unknownName, type AttentionConfig, type AttentionName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { isOutside } from "./outside-name.ts";

const count = z.int().positive();

/** What an experiment file may say, for JSON Schema and for checking. */
export const experimentSchema = z.strictObject({
  name: z.string().min(1),
  question: z.string(),
  baseline: z.string(),
  variants: z.array(z.looseObject({ name: z.string() })).min(1),
  lengths: z.array(count).min(1),
  phases: z.array(z.enum(["forward", "step"])).min(1),
  batch: count.default(1),
  heads: count,
  headDim: count,
  causal: z.boolean().default(false),
  warmups: z.int().nonnegative().default(1),
  repeats: count.default(5),
  seed: z.int().nonnegative().default(0),
  timeLimitSeconds: z.number().positive().default(120),
});

/** An experiment with its defaults filled in: plain data, every variant and option checked. */
export interface Experiment {
  readonly name: string;
  readonly question: string;
  /** The variant that crossovers are measured against. */
  readonly baseline: string;
  /** One variant may be listed several times with different options: each is a curve of its own. */
  readonly variants: readonly { readonly name: string; readonly [option: string]: unknown }[];
  readonly lengths: readonly number[];
  /** `forward` is one `attend`; `step` is `attend` and its gradients. */
  readonly phases: readonly ("forward" | "step")[];
  readonly batch: number;
  readonly heads: number;
  readonly headDim: number;
  readonly causal: boolean;
  /** Untimed calls before the first repeat of a trial. */
  readonly warmups: number;
  readonly repeats: number;
  readonly seed: number;
  /** What one request to the measuring process (prepare and warm up, then one repeat) may take. */
  readonly timeLimitSeconds: number;
}

type Defaulted = "batch" | "causal" | "warmups" | "repeats" | "seed" | "timeLimitSeconds";

/** A variant from outside the catalogue, by module path (from the experiment's file) or package: `{ name: "./mine.ts", rank: 8 }`. */
export interface OutsideConfig {
  readonly name: `./${string}` | `../${string}` | `/${string}` | `@${string}/${string}` | `${string}#${string}`;
  readonly [option: string]: unknown;
}

/** What an experiment file says: the options of every variant are typed by the variant's own package. */
export interface ExperimentSpec
  extends Omit<Experiment, "variants" | "baseline" | Defaulted>, Partial<Pick<Experiment, Defaulted>> {
  readonly baseline: AttentionName;
  readonly variants: readonly (AttentionConfig | OutsideConfig)[];
}

/** Checks an experiment written in TypeScript; `export default defineExperiment({...})` is all that its file holds. */
export function defineExperiment(spec: ExperimentSpec): Experiment {
  return parseExperiment(spec);
}

/** Reads an experiment of unknown origin (a JSON file). A RangeError names what is wrong and the allowed values in one sentence. */
export function parseExperiment(raw: unknown): Experiment {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw invalid("experiment", "must be an object with name, question, baseline, variants, lengths, ...", raw);
  }
  const allowed = Object.keys(experimentSchema.shape);
  const unknown = Object.keys(raw).find((key) => !allowed.includes(key));
  // Before anything else: a misspelt key would otherwise be told as the absence of the right one.
  if (unknown !== undefined) throw unknownName("experiment", "a key", allowed, unknown);
  const experiment: Experiment = parseOptions("experiment", experimentSchema, raw);
  const variants = experiment.variants.map((config) => {
    // Its module is loaded, and its options checked, by `withOutsideVariants`: importing takes time, and checking a file of data does not.
    if (isOutside(config.name)) return config;
    const { variant, options } = readAttention(config);
    return { name: variant.variant, ...options };
  });
  distinct(
    "variants",
    variants.map((variant) => canonicalJson(variant)),
  );
  distinct("lengths", experiment.lengths);
  distinct("phases", experiment.phases);
  const names = [...new Set(variants.map(({ name }) => name))];
  if (!names.includes(experiment.baseline)) throw unknownName("experiment", "baseline", names, experiment.baseline);
  return { ...experiment, variants };
}

function distinct(key: string, values: readonly unknown[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw invalid("experiment", `${key} must not repeat an entry`, twice);
}
