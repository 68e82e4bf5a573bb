import { unknownName } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import { looksLikeRange, parseRange, type Range } from "./range.ts";

/** One independent direction of a parameter space: a parameter, or several that advance together. */
export interface ParameterAxis {
  readonly names: readonly string[];
  /** Per position the value of each name. */
  readonly points: readonly (readonly unknown[])[];
  /** The axis exists only where these other parameters have one of the values. */
  readonly when: Readonly<Record<string, readonly unknown[]>>;
  /** Where the values were written as a range: random draws are taken between its ends. */
  readonly range?: Range;
}

/** Reads the parameters of a study. An axis comes after those that its condition names. */
export function axesOf(
  parameters: Readonly<Record<string, unknown>>,
  zips: readonly (readonly string[])[],
): ParameterAxis[] {
  const names = Object.keys(parameters);
  const single = new Map(names.map((name) => [name, axisOf(name, parameters[name], names)]));
  for (const zip of zips) {
    const parts = zip.map((name) => {
      const axis = single.get(name);
      if (axis === undefined) throw unknownName("study", "a zipped parameter", names, name);
      return axis;
    });
    joined(zip, parts).forEach((axis, i) => (i === 0 ? single.set(axis.names[0] ?? "", axis) : undefined));
    for (const name of zip.slice(1)) single.delete(name);
  }
  for (const axis of single.values()) distinct(axis);
  for (const axis of single.values()) checkConditions(axis, [...single.values()]);
  return inOrder([...single.values()]);
}

function distinct({ names, points }: ParameterAxis): void {
  const texts = new Set<string>();
  for (const point of points) {
    const text = canonicalJson(point);
    if (texts.has(text)) {
      throw invalid(
        `study: parameter ${names.join(", ")}`,
        "must not repeat a value",
        names.length > 1 ? point : point[0],
      );
    }
    texts.add(text);
  }
}

/** A condition on a value that the parameter never has would silently leave its parameter out. */
function checkConditions({ names, when }: ParameterAxis, axes: readonly ParameterAxis[]): void {
  for (const [name, wanted] of Object.entries(when)) {
    const other = axes.find((axis) => axis.names.includes(name));
    // Draws from a range need not be among its steps.
    if (other === undefined || other.range !== undefined) continue;
    const values = other.points.map((point) => point[other.names.indexOf(name)]);
    const missing = wanted.find((one) => !values.some((value) => isValue(value, one)));
    if (missing === undefined) continue;
    const words = values.map((value) => (isNamed(value) ? String(value.name) : String(value)));
    throw unknownName(`study: parameter ${names.join(", ")}`, `the value of ${name} in when`, words, missing);
  }
}

/** Whether a parameter's value is what a condition says: the value itself or, of one with a name, that name. */
export function isValue(value: unknown, wanted: unknown): boolean {
  return canonicalJson(wanted) === canonicalJson(value) || (isNamed(value) && value.name === wanted);
}

function isNamed(value: unknown): value is { readonly name: unknown } {
  return typeof value === "object" && value !== null && "name" in value;
}

function axisOf(name: string, raw: unknown, names: readonly string[]): ParameterAxis {
  const who = `study: parameter ${name}`;
  const spec = isValues(raw) ? raw : { values: Array.isArray(raw) || isRange(raw) ? raw : [raw] };
  const unknown = Object.keys(spec).find((key) => key !== "values" && key !== "when");
  if (unknown !== undefined) throw unknownName(who, "a key beside values", ["when"], unknown);
  const when = conditions(who, spec.when, names, name);
  if (isRange(spec.values)) {
    const range = parseRange(who, spec.values);
    return { names: [name], points: range.values.map((value) => [value]), when, range };
  }
  if (!Array.isArray(spec.values) || spec.values.length === 0) {
    throw invalid(who, "values must be a list of at least one value, or a range", spec.values);
  }
  const values = (spec.values as unknown[]).flatMap((value): readonly unknown[] =>
    isRange(value) ? parseRange(who, value).values : [value],
  );
  return { names: [name], points: values.map((value) => [value]), when };
}

function isValues(raw: unknown): raw is { readonly values: unknown; readonly when?: unknown } {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) && "values" in raw;
}

function isRange(raw: unknown): raw is string {
  return typeof raw === "string" && looksLikeRange(raw);
}

function conditions(who: string, raw: unknown, names: readonly string[], own: string): ParameterAxis["when"] {
  if (raw === undefined) return {};
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw invalid(who, 'when must be an object such as { variant: "performer" }', raw);
  }
  return Object.fromEntries(
    Object.entries(raw).map(([name, wanted]) => {
      const others = names.filter((other) => other !== own);
      if (!others.includes(name)) throw unknownName(who, "a parameter named by when", others, name);
      return [name, Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]];
    }),
  );
}

function joined(zip: readonly string[], parts: readonly ParameterAxis[]): [ParameterAxis] {
  const [first] = parts;
  const sizes = [...new Set(parts.map(({ points }) => points.length))];
  if (first === undefined || sizes.length !== 1) {
    throw invalid("study", `zipped parameters ${zip.join(", ")} must have equally many values`, sizes.join(" and "));
  }
  const points = first.points.map((_, i) => parts.flatMap((part) => part.points[i] ?? []));
  return [{ names: zip, points, when: Object.assign({}, ...parts.map(({ when }) => when)) as ParameterAxis["when"] }];
}

/** Those first that others depend on; otherwise as written. */
function inOrder(axes: readonly ParameterAxis[]): ParameterAxis[] {
  const placed: ParameterAxis[] = [];
  let waiting = [...axes];
  while (waiting.length > 0) {
    const known = new Set(placed.flatMap(({ names }) => names));
    const ready = waiting.find(({ when }) => Object.keys(when).every((name) => known.has(name)));
    if (ready === undefined) {
      const names = waiting.map((axis) => axis.names.join("+")).join(", ");
      throw new RangeError(`study: conditions must not depend on each other in a circle, got ${names}`);
    }
    placed.push(ready);
    waiting = waiting.filter((axis) => axis !== ready);
  }
  return placed;
}
