import { canonicalJson } from "@attention-lab/results/store";
import { deriveSeed, invalid, uniformValues } from "@attention-lab/tensors";
import { isValue, type ParameterAxis } from "./parameter-axes.ts";

/** A point of a parameter space, by the names of the study: `task.length` is one name. */
export type Point = Readonly<Record<string, unknown>>;

/** Every point of the space; the last parameters change fastest. A parameter whose condition does not hold is absent. */
export function* gridPoints(axes: readonly ParameterAxis[], chosen: Point = {}): Generator<Point> {
  const [axis, ...rest] = axes;
  if (axis === undefined) yield chosen;
  else if (!holds(axis.when, chosen)) yield* gridPoints(rest, chosen);
  else for (const point of axis.points) yield* gridPoints(rest, extended(chosen, axis, point));
}

/**
 * `count` different points drawn with equal chances for every value of a list, and evenly (for powers and "by log" in the logarithm) between the
 * ends of a range. Fewer where the space has no more. The same seed draws the same points, and a larger count begins with those of a smaller one.
 */
export function randomPoints(axes: readonly ParameterAxis[], count: number, seed: number): Point[] {
  const found = new Map<string, Point>();
  for (let draw = 0; found.size < count && draw < 100 * count; draw++) {
    const point = drawnPoint(axes, deriveSeed(seed, "study", draw));
    found.set(canonicalJson(point), found.get(canonicalJson(point)) ?? point);
  }
  return [...found.values()];
}

function drawnPoint(axes: readonly ParameterAxis[], seed: number): Point {
  const draws = uniformValues(seed, axes.length);
  let chosen: Point = {};
  axes.forEach((axis, i) => {
    if (!holds(axis.when, chosen)) return;
    const share = draws[i] ?? 0;
    const point =
      axis.range === undefined
        ? (axis.points[Math.floor(share * axis.points.length)] ?? [])
        : [between(axis.range, share)];
    chosen = extended(chosen, axis, point);
  });
  return chosen;
}

function between({ low, high, scale, whole }: NonNullable<ParameterAxis["range"]>, share: number): number {
  if (whole && scale === "linear") return low + Math.floor(share * (high - low + 1));
  const value = scale === "log" ? low * (high / low) ** share : low + share * (high - low);
  return whole ? Math.round(value) : Number(value.toPrecision(6));
}

function extended(chosen: Point, { names }: ParameterAxis, values: readonly unknown[]): Point {
  return { ...chosen, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
}

/** Whether a point meets a condition. */
function holds(when: ParameterAxis["when"], chosen: Point): boolean {
  return Object.entries(when).every(
    ([name, wanted]) => Object.hasOwn(chosen, name) && wanted.some((one) => isValue(chosen[name], one)),
  );
}

/** Parameters as a program takes them: `task.length` becomes a part of `task`. */
export function nested(point: Point): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  // The whole before its parts, whichever was written first.
  for (const name of Object.keys(point).toSorted((a, b) => depth(a) - depth(b))) {
    const path = name.split(".");
    const last = path.pop() ?? name;
    let target = result;
    for (const key of path) {
      const held = target[key] ?? {};
      if (typeof held !== "object") throw invalid(`study: parameter ${name}`, `${key} must be an object`, held);
      target = target[key] = { ...held } as Record<string, unknown>;
    }
    target[last] = point[name];
  }
  return result;
}

/** The value of a name such as `task.length` in parameters as a program takes them. */
export function partOf(parameters: Readonly<Record<string, unknown>>, name: string): unknown {
  return name.split(".").reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), parameters);
}

/** Every part that is no object itself, by names such as `task.length`. */
export function flatParts(
  parameters: Readonly<Record<string, unknown>>,
  before = "",
): [name: string, value: unknown][] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    isObject(value) && !Array.isArray(value)
      ? flatParts(value, `${before}${name}.`)
      : [[`${before}${name}`, value] satisfies [string, unknown]],
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function depth(name: string): number {
  return name.split(".").length;
}
