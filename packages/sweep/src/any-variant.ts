import { readAttention, readVariant, type ReadAttention } from "@attention-lab/catalog";
import type { TrialConfig } from "@attention-lab/results/store";
import { dirname, resolve } from "node:path";
import type { Experiment } from "./experiment.ts";
import { absoluteName, isOutside } from "./outside-name.ts";
import { loadOutside, outsideOfTrial, outsideVariant } from "./outside-variant.ts";
import { outsideOverrides } from "./overrides.ts";

type Config = Experiment["variants"][number];

/** A config's variant and options, of the catalogue or from a module outside, and where that module is. */
export interface ReadAny extends ReadAttention {
  readonly module?: { readonly name: string; readonly sha256: string };
}

/** Reads a config whose outside module, if any, is loaded. */
export function readAny(config: Config): ReadAny {
  if (!isOutside(config.name)) return readAttention(config);
  const { name: _name, ...raw } = config;
  const { variant, name, sha256 } = outsideVariant(config.name);
  return { ...readVariant(variant, raw), module: { name, sha256 } };
}

/** The variant of a trial, as the measuring process builds it. */
export function readTrial({ variant, options, moduleSha256 }: TrialConfig): ReadAttention {
  if (moduleSha256 === undefined) return readAttention({ name: variant, ...options });
  return readVariant(outsideOfTrial(variant, moduleSha256).variant, options);
}

/**
 * Loads the modules of all outside variants that an experiment and its overrides name, and names them by absolute path: paths in an experiment
 * count from its file, paths in an override from the working directory. To be called before `plan`.
 */
export async function withOutsideVariants(
  experiment: Experiment,
  { file, overrides = [] }: { readonly file?: string; readonly overrides?: readonly string[] },
): Promise<Experiment> {
  const directory = file === undefined ? process.cwd() : dirname(resolve(file));
  const variants: Config[] = [];
  for (const config of experiment.variants) {
    if (isOutside(config.name)) {
      const { name } = await loadOutside(config.name, directory);
      variants.push({ name, ...readAny({ ...config, name }).options });
    } else variants.push(config);
  }
  for (const name of outsideOverrides(overrides)) await loadOutside(name);
  const { baseline } = experiment;
  return {
    ...experiment,
    variants,
    baseline: isOutside(baseline) ? outsideVariant(absoluteName(baseline, directory)).variant.variant : baseline,
  };
}
