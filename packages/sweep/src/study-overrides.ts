import { unknownName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import type { ParameterAxis } from "./parameter-axes.ts";
import type { Program } from "./program.ts";
import { looksLikeRange, parseRange } from "./range.ts";
import type { Study } from "./study.ts";
import { valueOf, wordsOf } from "./value-words.ts";

type Values = readonly unknown[];

/** A study with `["variant=performer,linformer", "length=2^9..2^13", "seeds=0..4"]` applied; a RangeError says which word is wrong. */
export function applyStudyOverrides(study: Study, overrides: readonly string[], program: Program): Study {
  const seen = new Set<string>();
  let result = study;
  for (const override of overrides) {
    const removed = override.startsWith("~") ? override.slice(1) : undefined;
    const [key, text] = removed === undefined ? split(override) : [removed, ""];
    if (seen.has(key)) throw invalid("override", `${key} must be given once, as ${key}=VALUE,VALUE`, override);
    seen.add(key);
    result = removed === undefined ? changed(result, key, text, program) : without(result, key);
  }
  return result;
}

function split(override: string): [key: string, text: string] {
  const at = override.indexOf("=");
  if (at < 1)
    throw invalid("override", "must have the form KEY=VALUE,VALUE (for instance length=2^9..2^13) or ~KEY", override);
  const text = override.slice(at + 1);
  if (wordsOf(text).includes("")) {
    throw invalid("override", "must be KEY=VALUE,VALUE without empty values", override);
  }
  return [override.slice(0, at), text];
}

const limits = ["seconds", "bytes", "attempts"] as const;

function changed(study: Study, key: string, text: string, program: Program): Study {
  const who = `override ${key}`;
  if (key === "seeds") return { ...study, seeds: wordValues(who, text).values.map((value) => seedOf(who, value)) };
  const limit = limits.find((name) => name === key);
  if (limit !== undefined) {
    return { ...study, limits: { ...study.limits, [limit]: limitOf(who, wordValues(who, text).values, limit) } };
  }
  const axis = study.axes.find(({ names }) => names.includes(key));
  if (axis !== undefined) {
    const other = narrowed(who, axis, key, text);
    return { ...study, axes: study.axes.map((each) => (each === axis ? other : each)) };
  }
  const [top = key] = key.split(".");
  if (!program.keys.includes(top)) {
    if (key === "trials") return withTrials(study, who, wordValues(who, text).values);
    throw unknownKey(study, key, [...program.keys, "seeds", ...limits]);
  }
  const { values, range } = wordValues(who, text);
  const added = { names: [key], points: values.map((value) => [value]), when: {}, ...(range && { range }) };
  return { ...study, axes: [...study.axes, added] };
}

/** `~length`: the parameter is left to the program's default. */
function without(study: Study, key: string): Study {
  const axis = study.axes.find(({ names }) => names.includes(key));
  if (axis === undefined) throw unknownKey(study, key);
  const asking = study.axes.find(({ when }) => Object.hasOwn(when, key));
  if (asking !== undefined) {
    throw invalid(
      `override ~${key}`,
      "a parameter that a condition names must stay",
      `when of ${asking.names.join(", ")}`,
    );
  }
  if (axis.names.length > 1) throw invalid(`override ~${key}`, "a zipped parameter must stay", axis.names.join(", "));
  return { ...study, axes: study.axes.filter((each) => each !== axis) };
}

function unknownKey({ axes }: Study, key: string, more: readonly string[] = []): RangeError {
  return unknownName("override", "key", [...new Set([...axes.flatMap(({ names }) => names), ...more])], key);
}

function withTrials(study: Study, who: string, values: Values): Study {
  const { sampler } = study;
  if (sampler.name === "grid") throw invalid(who, "needs a sampler that draws, random or asha", sampler.name);
  return { ...study, sampler: { ...sampler, trials: limitOf(who, values, "trials") } };
}

/** The axis with other values; of parameters that advance together, those positions that have one of the values. */
function narrowed(who: string, axis: ParameterAxis, key: string, text: string): ParameterAxis {
  const place = axis.names.indexOf(key);
  const held = axis.points.map((point) => point[place]);
  const { values, range } = wordValues(who, text);
  const { range: _, ...rest } = axis;
  if (axis.names.length === 1) {
    const points = values.map((value) => [meant(value, held)]);
    return { ...rest, points, ...(range && { range }) };
  }
  const points = values.flatMap((value) => {
    const wanted = canonicalJson(meant(value, held));
    const found = axis.points.filter((point) => canonicalJson(point[place]) === wanted);
    if (found.length === 0)
      throw unknownName(
        who,
        "value",
        held.map((each) => shown(each)),
        value,
      );
    return found;
  });
  return { ...rest, points };
}

/** A word means the study's value of that name, if there is one; beside such values it is a name without options. */
function meant(word: unknown, held: Values): unknown {
  const named = held.filter((value): value is { name: unknown } => {
    return typeof value === "object" && value !== null && "name" in value;
  });
  if (named.length === 0 || typeof word !== "string") return word;
  return named.find(({ name }) => name === word) ?? { name: word };
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null && "name" in value ? String(value.name) : String(value);
}

/** `512,1024`, `64,2^9..2^13`, `true`, `null`, `full`, `{name: linformer, rank: 8}`, `'a, b'`: words as the values that they look like. */
function wordValues(who: string, text: string) {
  const words = wordsOf(text);
  const [only = ""] = words;
  if (words.length === 1 && looksLikeRange(only)) {
    const range = parseRange(who, only);
    return { values: range.values as Values, range };
  }
  const values = words.flatMap((word): Values =>
    looksLikeRange(word) ? parseRange(who, word).values : [valueOf(who, word)],
  );
  const distinct = new Map(values.map((value) => [canonicalJson(value), value]));
  return { values: [...distinct.values()], range: undefined };
}

function seedOf(who: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(who, "a seed must be zero or a positive integer", value);
}

function limitOf(who: string, values: Values, name: string): number {
  const [value] = values;
  const whole = name !== "seconds" && name !== "bytes";
  const fits = typeof value === "number" && value > 0 && (!whole || Number.isSafeInteger(value));
  if (values.length === 1 && fits) return value;
  throw invalid(who, `must be one positive ${whole ? "integer" : "number"}`, values.join(","));
}
