import { accept } from "@attention-lab/attention";
import { trialId, type PredictedCost, type SkippedCombination, type TrialConfig } from "@attention-lab/results/store";
import { readAny, type ReadAny } from "./any-variant.ts";
import type { Experiment } from "./experiment.ts";
import { applyOverrides } from "./overrides.ts";
import { lengthsOf, siteOf } from "./site.ts";
import { stepCost } from "./step-cost.ts";

/** What the figures will be measured on: part of every trial's identity. */
export interface PlanBackend {
  /** Name of the TensorFlow.js backend, such as `attn-native`. */
  readonly backend: string;
  /** Engine and instruction set under it, such as `native avx512`. */
  readonly engine: string;
  readonly threads: number;
  /** Of attention's products. Default: float32. */
  readonly precision?: TrialConfig["precision"];
}

export interface PlannedTrial {
  readonly id: string;
  readonly config: TrialConfig;
  readonly predicted: PredictedCost;
  /** Absolute path of the module that the variant comes from, where that is not the catalogue. */
  readonly module?: string;
}

export interface Plan {
  readonly experiment: Experiment;
  readonly trials: readonly PlannedTrial[];
  /** Combinations that a variant refuses, each with the variant's own sentence. */
  readonly skipped: readonly SkippedCombination[];
}

/** Every trial of an experiment, or why it is skipped. Pure: nothing is built, measured or written. */
export function plan(experiment: Experiment, overrides: readonly string[], backend: PlanBackend): Plan {
  const resolved = applyOverrides(experiment, overrides);
  const trials: PlannedTrial[] = [];
  const skipped: SkippedCombination[] = [];
  const modules = new Map<string, string>();
  for (const spec of resolved.variants) {
    const read = readAny(spec);
    oneModuleEach(modules, read);
    for (const length of resolved.lengths) {
      for (const phase of resolved.phases) {
        const config = trialConfig(resolved, read, length, phase, backend);
        const predicted = predict(read, config);
        if (typeof predicted === "string") skipped.push({ config, because: predicted });
        else trials.push({ id: trialId(config), config, predicted, ...(read.module && { module: read.module.name }) });
      }
    }
  }
  return { experiment: resolved, trials, skipped };
}

/** Curves are told apart by name: two files may not give variants of one name. */
function oneModuleEach(modules: Map<string, string>, { variant, module }: ReadAny): void {
  if (module === undefined) return;
  const known = modules.get(variant.variant) ?? module.name;
  if (known !== module.name) {
    throw new RangeError(
      `experiment: variants of different modules must have different names, got ${variant.variant} in ${known} and ${module.name}`,
    );
  }
  modules.set(variant.variant, known);
}

function trialConfig(
  experiment: Experiment,
  { variant, options, module }: ReadAny,
  length: number,
  phase: TrialConfig["phase"],
  backend: PlanBackend,
): TrialConfig {
  const { causal, batch, heads, headDim, warmups, repeats, seed } = experiment;
  const layer = {
    variant: variant.variant,
    options,
    version: variant.version,
    length,
    phase,
    causal,
    batch,
    heads,
    headDim,
    ...(module && { moduleSha256: module.sha256 }),
  };
  return { ...layer, ...backend, precision: backend.precision ?? "float32", warmups, repeats, seed };
}

/** The trial's predicted cost, or the sentence with which the variant refuses it. */
function predict({ attention }: ReadAny, config: TrialConfig): PredictedCost | string {
  try {
    if (config.causal) accept(attention, ["causal"]);
    const forward = attention.cost(siteOf(config), lengthsOf(config));
    return config.phase === "forward" ? forward : stepCost(forward, config);
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
