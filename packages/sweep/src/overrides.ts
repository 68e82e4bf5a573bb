import { unknownName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import type { Experiment } from "./experiment.ts";
import { absoluteName, isOutside } from "./outside-name.ts";
import { looksLikeRange, parseRange } from "./range.ts";
import { readWord } from "./read-word.ts";
import { valueOf } from "./value-words.ts";

type Change = (experiment: Experiment, values: readonly string[]) => Partial<Experiment>;

const phases = ["forward", "step"] as const;

/** What `KEY=VALUE,VALUE` on the command line may change. The first three narrow or replace the axes of the sweep. */
const changes: Readonly<Record<string, Change>> = {
  variant: ({ variants }, values) => ({
    variants: values.flatMap((value) => {
      if (isOutside(value)) return outsideConfigs(variants, value);
      const found = variants.filter(({ name }) => name === value);
      const names = [...new Set(variants.map(({ name }) => name))];
      if (found.length === 0) throw unknownName("override variant", "value", names, value);
      return found;
    }),
  }),
  length: (_, values) => ({ lengths: [...new Set(values.flatMap((value) => lengthsOf(value)))] }),
  phase: (_, values) => ({
    phases: values.map((value) => {
      const found = phases.find((phase) => phase === value);
      if (found === undefined) throw unknownName("override phase", "value", phases, value);
      return found;
    }),
  }),
  batch: (_, values) => ({ batch: whole("batch", only("batch", values), 1) }),
  heads: (_, values) => ({ heads: whole("heads", only("heads", values), 1) }),
  headDim: (_, values) => ({ headDim: whole("headDim", only("headDim", values), 1) }),
  causal: (_, values) => ({ causal: truth("causal", only("causal", values)) }),
  warmups: (_, values) => ({ warmups: whole("warmups", only("warmups", values), 0) }),
  repeats: (_, values) => ({ repeats: whole("repeats", only("repeats", values), 1) }),
  seed: (_, values) => ({ seed: whole("seed", only("seed", values), 0) }),
  timeLimitSeconds: (_, values) => ({
    timeLimitSeconds: positive("timeLimitSeconds", only("timeLimitSeconds", values)),
  }),
};

/** `./mine.ts#kind?rank=8&causal=true` as a config, what follows the question mark being options; without them, those of the experiment if it has that module. */
function outsideConfigs(variants: Experiment["variants"], word: string): Experiment["variants"] {
  const [written = "", query] = word.split("?", 2);
  const name = absoluteName(written, process.cwd());
  const options = (query ?? "").split("&").filter((each) => each !== "");
  const found = options.length > 0 ? [] : variants.filter((config) => config.name === name);
  if (found.length > 0) return found;
  return [{ ...Object.fromEntries(options.map((each) => readWord(`override variant ${written}`, each))), name }];
}

/** The outside variants that overrides name, as they are written: their modules are to be loaded before `applyOverrides`. */
export function outsideOverrides(overrides: readonly string[]): string[] {
  return overrides
    .filter((override) => override.startsWith("variant="))
    .flatMap((override) => override.slice("variant=".length).split(","))
    .map((value) => value.trim().split("?", 1)[0] ?? "")
    .filter(isOutside);
}

/** The keys that an override may name. */
export const overrideKeys: readonly string[] = Object.keys(changes);

/** The experiment with `["variant=full,performer", "length=512,1024"]` applied; a RangeError says which word is wrong. */
export function applyOverrides(experiment: Experiment, overrides: readonly string[]): Experiment {
  const seen = new Set<string>();
  let result = experiment;
  for (const override of overrides) {
    const [key, list] = split(override);
    const change = Object.hasOwn(changes, key) ? changes[key] : optionChange(result, key);
    if (change === undefined) throw unknownKey(result, key);
    if (seen.has(key)) throw invalid("override", `${key} must be given once, as ${key}=VALUE,VALUE`, override);
    seen.add(key);
    const values = [...new Set(list.split(",").map((value) => value.trim()))];
    if (values.includes("")) throw invalid("override", `${key} must be KEY=VALUE,VALUE without empty values`, override);
    result = { ...result, ...change(result, values) };
  }
  return result;
}

/** `performer.features=64,128`: every curve of that variant once with each value; what the option may be, the variant itself says. */
function optionChange({ variants }: Experiment, key: string): Change | undefined {
  const at = key.lastIndexOf(".");
  const [name, option] = [key.slice(0, at), key.slice(at + 1)];
  if (at < 1 || !variants.some((variant) => variant.name === name)) return undefined;
  return (experiment, values) => {
    const changed = experiment.variants.flatMap((variant) =>
      variant.name === name
        ? values.map((value) => ({ ...variant, [option]: valueOf(`override ${key}`, value) }))
        : [variant],
    );
    // Curves that differed in this option alone are one now.
    return { variants: [...new Map(changed.map((variant) => [canonicalJson(variant), variant])).values()] };
  };
}

function unknownKey({ variants }: Experiment, key: string): RangeError {
  const [name = key, ...option] = key.split(".");
  const names = [...new Set(variants.map((variant) => variant.name))];
  if (option.length > 0) return unknownName(`override ${key}`, "the variant before the point", names, name);
  return unknownName("override", "key", overrideKeys, key);
}

function lengthsOf(text: string): number[] {
  if (!looksLikeRange(text)) return [whole("length", text, 1)];
  return parseRange("override length", text).values.map((length) => whole("length", String(length), 1));
}

function split(override: string): [key: string, list: string] {
  const at = override.indexOf("=");
  if (at < 1) throw invalid("override", "must have the form KEY=VALUE,VALUE (for instance length=512,1024)", override);
  return [override.slice(0, at), override.slice(at + 1)];
}

function only(key: string, values: readonly string[]): string {
  const [value] = values;
  if (values.length !== 1 || value === undefined) throw invalid(`override ${key}`, "takes one value", values.join(","));
  return value;
}

function whole(key: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < least) {
    throw invalid(`override ${key}`, `must be ${least === 0 ? "zero or a positive" : "a positive"} integer`, text);
  }
  return value;
}

function positive(key: string, text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw invalid(`override ${key}`, "must be a positive number", text);
  return value;
}

function truth(key: string, text: string): boolean {
  if (text !== "true" && text !== "false") throw unknownName(`override ${key}`, "value", ["true", "false"], text);
  return text === "true";
}
