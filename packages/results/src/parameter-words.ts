import { canonicalJson } from "./canonical-json.ts";
import type { StudyTrialConfig } from "./study-schema.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** A trial's parameters with parts of objects as names of their own (`attention.features`), and `seed`. */
export function flatParameters({ parameters, seed }: StudyTrialConfig): Parameters {
  return { ...flat(parameters), seed };
}

function flat(parameters: Parameters, before = ""): Record<string, unknown> {
  const entries = Object.entries(parameters).flatMap(([name, value]): [string, unknown][] =>
    isRecord(value) ? Object.entries(flat(value, `${before}${name}.`)) : [[`${before}${name}`, value]],
  );
  return Object.fromEntries(entries);
}

/** Names that do not have one value in all trials, in the order of the parameters; one that follows from an earlier one (zipped with it) is left out. */
export function variedNames(trials: readonly Parameters[]): string[] {
  const names = [...new Set(trials.flatMap((trial) => Object.keys(trial)))];
  const columns = names.map((name) => ({ name, values: trials.map((trial) => canonicalJson(trial[name])) }));
  const varied = columns.filter(({ values }) => new Set(values).size > 1);
  return varied
    .filter(({ values }, i) => !varied.slice(0, i).some((earlier) => follows(values, earlier.values)))
    .map(({ name }) => name);
}

/** Whether equal values of the one always come with equal values of the other. */
function follows(values: readonly string[], from: readonly string[]): boolean {
  const pairs = new Set(values.map((value, i) => `${from[i]} ${value}`));
  return pairs.size === new Set(from).size;
}

/** The value of a name that may be a part of an object. */
export function parameterAt(parameters: Parameters, name: string): unknown {
  return name.split(".").reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), parameters);
}

/** A value as a person says it: an object with a name by that and its other parts. */
export function valueWords(value: unknown): string {
  if (value === undefined) return "-";
  if (Array.isArray(value)) return value.map(valueWords).join(" ");
  if (!isRecord(value)) return typeof value === "string" ? value : JSON.stringify(value);
  const { name, ...rest } = value;
  const parts = Object.entries(rest).map(([key, part]) => `${key} ${valueWords(part)}`);
  return [...(name === undefined ? [] : [valueWords(name)]), ...parts].join(" ");
}

/** What tells a trial from others: values of some names. A truth value is said by its name: "orthogonal", "not orthogonal". */
export function parameterWords(parameters: Parameters, names: readonly string[]): string {
  const words = names.flatMap((name) => {
    const value = parameterAt(parameters, name);
    const short = name.split(".").at(-1) ?? name;
    if (value === undefined) return [];
    if (typeof value === "boolean") return [value ? short : `not ${short}`];
    if (typeof value === "number") return [`${short} ${value}`];
    return [valueWords(value)];
  });
  return words.join(", ");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
