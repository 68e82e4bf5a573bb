import { unknownName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import type { ParameterAxis } from "./parameter-axes.ts";
import type { Program } from "./program.ts";
import { looksLikeRange, parseRange } from "./range.ts";
import { readWord } from "./read-word.ts";
import type { Study } from "./study.ts";

type Values = readonly unknown[];

/** A study with `["variant=performer,linformer", "length=2^9..2^13", "seeds=0..4"]` applied; a RangeError says which word is wrong. */
export function applyStudyOverrides(study: Study, overrides: readonly string[], program: Program): Study {
  const seen = new Set<string>();
  let result = study;
  for (const override of overrides) {
    const [key, text] = split(override);
    if (seen.has(key)) throw invalid("override", `${key} must be given once, as ${key}=VALUE,VALUE`, override);
    seen.add(key);
    result = changed(result, key, text, program);
  }
  return result;
}

function split(override: string): [key: string, text: string] {
  const at = override.indexOf("=");
  if (at < 1) throw invalid("override", "must have the form KEY=VALUE,VALUE (for instance length=2^9..2^13)", override);
  const text = override.slice(at + 1);
  if (text.split(",").some((word) => word.trim() === "")) {
    throw invalid("override", "must be KEY=VALUE,VALUE without empty values", override);
  }
  return [override.slice(0, at), text];
}

function changed(study: Study, key: string, text: string, program: Program): Study {
  const who = `override ${key}`;
  if (key === "seeds") return { ...study, seeds: wordValues(who, text).values.map((value) => seedOf(who, value)) };
  if (key === "seconds" || key === "bytes") {
    return { ...study, limits: { ...study.limits, [key]: limitOf(who, wordValues(who, text).values) } };
  }
  const axis = study.axes.find(({ names }) => names.includes(key));
  if (axis !== undefined) {
    const other = narrowed(who, axis, key, text);
    return { ...study, axes: study.axes.map((each) => (each === axis ? other : each)) };
  }
  const [top = key] = key.split(".");
  if (!program.keys.includes(top)) {
    const names = new Set([
      ...study.axes.flatMap(({ names: own }) => own),
      ...program.keys,
      "seeds",
      "seconds",
      "bytes",
    ]);
    throw unknownName("override", "key", [...names], key);
  }
  const { values, range } = wordValues(who, text);
  const added = { names: [key], points: values.map((value) => [value]), when: {}, ...(range && { range }) };
  return { ...study, axes: [...study.axes, added] };
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

/** `512,1024`, `2^9..2^13`, `true`, `null`, `full`: words as the values that they look like. */
function wordValues(who: string, text: string) {
  if (looksLikeRange(text)) {
    const range = parseRange(who, text);
    return { values: range.values as Values, range };
  }
  const values = text.split(",").flatMap((word): Values => {
    const trimmed = word.trim();
    if (looksLikeRange(trimmed)) return parseRange(who, trimmed).values;
    return [trimmed === "null" ? null : readWord(who, `value=${trimmed}`)[1]];
  });
  return { values: [...new Set(values)], range: undefined };
}

function seedOf(who: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(who, "a seed must be zero or a positive integer", value);
}

function limitOf(who: string, values: Values): number {
  const [value] = values;
  if (values.length === 1 && typeof value === "number" && value > 0) return value;
  throw invalid(who, "must be one positive number", values.join(","));
}
