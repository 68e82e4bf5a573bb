import { canonicalJson } from "@attention-lab/results/store";
import { deriveSeed, invalid, uniformValues } from "@attention-lab/tensors";
import type { ParameterAxis } from "./parameter-axes.ts";

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

/** Whether a point meets a condition; a value with a `name` is also told by that name. */
function holds(when: ParameterAxis["when"], chosen: Point): boolean {
  return Object.entries(when).every(([name, wanted]) => {
    if (!Object.hasOwn(chosen, name)) return false;
    const value = chosen[name];
    return wanted.some((one) => canonicalJson(one) === canonicalJson(value) || (named(value) && value.name === one));
  });
}

function named(value: unknown): value is { readonly name: unknown } {
  return typeof value === "object" && value !== null && "name" in value;
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

function depth(name: string): number {
  return name.split(".").length;
}
