import { parseOptions } from "@attention-lab/attention";
import { readAttention, unknownName, type AttentionConfig, type AttentionName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { isOutside } from "./outside-name.ts";
import { parseRange } from "./range.ts";

const count = z.int().positive();

/** What an experiment file may say, for JSON Schema and for checking. */
export const experimentSchema = z.strictObject({
  name: z.string().min(1),
  question: z.string(),
  baseline: z.string(),
  variants: z.array(z.looseObject({ name: z.string() })).min(1),
  lengths: z.union([z.array(count).min(1), z.string()]).describe('Whole numbers, or a range such as "2^9..2^14".'),
  phases: z.array(z.enum(["forward", "step"])).min(1),
  batch: count.default(1),
  heads: count,
  headDim: count,
  causal: z.boolean().default(false),
  warmups: z.int().nonnegative().default(1),
  repeats: count.default(5),
  precision: z
    .strictObject({
      relativeHalfWidth: z.number().positive().lt(1),
      budgetSeconds: z.number().positive().optional(),
      mostRepeats: count.default(50),
    })
    .optional(),
  seed: z.int().nonnegative().default(0),
  timeLimitSeconds: z.number().positive().default(120),
});

/** The same once a range of lengths is a list, so that a fault is told of a length and not of two alternatives. */
const listedSchema = experimentSchema.extend({ lengths: z.array(count).min(1) });

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
  /** Asks for more repeats where medians are not known well enough by then. */
  readonly precision?: Precision | undefined;
  readonly seed: number;
  /** What one request to the measuring process (prepare and warm up, then one repeat) may take. */
  readonly timeLimitSeconds: number;
}

/** How well the median of every trial is to be known, and what that may cost. */
export interface Precision {
  /** Half the width of the median's 95 % interval over the median (see `relativeHalfWidth` of results): 0.03 is 3 %. */
  readonly relativeHalfWidth: number;
  /** What all measured calls of the sweep may take together before no repeat is added; no limit unless given. */
  readonly budgetSeconds?: number | undefined;
  /** No trial gets more repeats than this. */
  readonly mostRepeats: number;
}

type Defaulted = "batch" | "causal" | "warmups" | "repeats" | "seed" | "timeLimitSeconds";

/** A variant from outside the catalogue, by module path (from the experiment's file) or package: `{ name: "./mine.ts", rank: 8 }`. */
export interface OutsideConfig {
  readonly name: `./${string}` | `../${string}` | `/${string}` | `@${string}/${string}` | `${string}#${string}`;
  readonly [option: string]: unknown;
}

/** What an experiment file says: the options of every variant are typed by the variant's own package. */
export interface ExperimentSpec
  extends Omit<Experiment, "variants" | "baseline" | "precision" | Defaulted>, Partial<Pick<Experiment, Defaulted>> {
  readonly baseline: AttentionName;
  readonly variants: readonly (AttentionConfig | OutsideConfig)[];
  readonly precision?: Omit<Precision, "mostRepeats"> & Partial<Pick<Precision, "mostRepeats">>;
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
  const experiment: Experiment = parseOptions("experiment", listedSchema, withLengths(raw));
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

/** Lengths that are written as a range, as a list. */
function withLengths(raw: object): object {
  if (!("lengths" in raw) || typeof raw.lengths !== "string") return raw;
  return { ...raw, lengths: parseRange("experiment: lengths", raw.lengths).values };
}

function distinct(key: string, values: readonly unknown[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw invalid("experiment", `${key} must not repeat an entry`, twice);
}
