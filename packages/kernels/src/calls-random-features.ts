import { holds, oneOf, positiveNumbers } from "./check.ts";
import type { RandomFeaturesCall, RandomFeaturesGradientCall } from "./engine.ts";
import { featureBounds, featureMaps, type Invocation } from "./operations.ts";

/** Checks a call and lays it out for `read_random_features` in csrc/random-features.c. */
function layOut(who: string, call: RandomFeaturesCall) {
  const { batch, heads, length, width, directions, map, scale, bound, epsilon } = call;
  positiveNumbers(who, { batch, heads, length, width, directions });
  const mapCode = oneOf(who, "map", map, featureMaps);
  const boundCode = oneOf(who, "bound", typeof bound === "number" ? "constant" : bound, featureBounds);
  const constant = typeof bound === "number" ? bound : 0;
  for (const [name, value] of Object.entries({ epsilon, bound: constant })) {
    if (!Number.isFinite(value)) throw new RangeError(`${who}: ${name} must be finite, got ${value}`);
  }
  if (!(scale > 0 && scale < Infinity)) throw new RangeError(`${who}: scale must be above 0, got ${scale}`);
  const rows = batch * heads * length;
  const columns = map === "trigonometric" ? 2 * directions : directions;
  holds(who, "x", call.x, rows * width);
  holds(who, "w", call.w, directions * width);
  holds(who, "y", call.y, rows * columns);
  if (call.padding !== undefined) holds(who, "padding", call.padding, batch * length);
  const divisor = map === "positive" ? Math.sqrt(directions) : 1;
  return {
    rows,
    columns,
    sizes: [batch * heads, length, width, directions, mapCode, boundCode, batch],
    numbers: [scale, Math.sqrt(scale), epsilon / divisor, constant, map === "relu" ? 0 : Math.log(directions) / 2],
  };
}

export function randomFeaturesInvocation(engine: string, call: RandomFeaturesCall): Invocation {
  const { sizes, numbers } = layOut(`${engine} randomFeatures`, call);
  const arrays = [call.x, call.w, call.padding, call.y, undefined, undefined];
  return { operation: "randomFeatures", sizes, numbers, arrays, access: "rrrwrr" };
}

export function randomFeaturesGradientInvocation(engine: string, call: RandomFeaturesGradientCall): Invocation {
  const who = `${engine} randomFeaturesGradient`;
  const { rows, columns, sizes, numbers } = layOut(who, call);
  holds(who, "dy", call.dy, rows * columns);
  holds(who, "dx", call.dx, rows * call.width);
  const arrays = [call.x, call.w, call.padding, call.y, call.dy, call.dx];
  return { operation: "randomFeaturesGradient", sizes, numbers, arrays, access: "rrrrrw" };
}
