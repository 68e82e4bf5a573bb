import type { RandomFeaturesAttributes } from "@attention-lab/ops";
import { rowLanes } from "../layers/row-reduction.ts";
import { entry } from "../program.ts";
import { circle } from "../wgsl/circle.ts";

/** From here on e^h counts as e^60: with no maximum to subtract, e^89 would overflow. */
const largestHalfNorm = "60.0";
/** Below every exponent, and finite. */
const lowest = "-3.0e38";

const realRow = (padded: boolean): string =>
  padded ? "padding[(index / (u.heads * u.length)) * u.length + index % u.length]" : "1.0";

/** Half norm and what the row offers for a maximum over the sequence, [rows,2]: one workgroup per row. */
export const rowStatistics = (
  { map, bound }: RandomFeaturesAttributes,
  padded: boolean,
): string => `let real = ${realRow(padded)};
  var squares = 0.0;
  for (var c = lid; c < u.width; c += ${rowLanes}) { let value = x[index * u.width + c]; squares += value * value; }
  var half = 0.5 * u.scale * sum_all(lid, squares);
  var top = f32(${lowest});
  for (var f = lid; f < u.features; f += ${rowLanes}) { top = max(top, products[index * u.features + f]); }
  top = max_all(lid, top);
  ${map === "trigonometric" ? (bound === "row" ? "half = 0.0;" : "half *= real; top = half;") : ""}
  ${map === "positive" && bound === "sequence" ? `if (real == 0.0) { top = f32(${lowest}); }` : ""}
  if (lid == 0) { statistics[index] = vec2<f32>(half, top); }`;

/** The largest of each head's rows; 0 where every row is padding. */
export const sequenceMaximum = `var largest = f32(${lowest});
  for (var i = lid; i < u.length; i += ${rowLanes}) { largest = max(largest, statistics[index * u.length + i].y); }
  largest = max_all(lid, largest);
  if (lid == 0) { tops[index] = select(0.0, largest, largest > 0.5 * f32(${lowest})); }`;

/** The features of a row from its products. */
export function featureCode({ map, bound }: RandomFeaturesAttributes): string {
  const statistics = "statistics[index]";
  const top = bound === "row" ? `${statistics}.y` : bound === "sequence" ? "tops[index / u.length]" : "u.bound";
  const positive = `let shift = ${statistics}.x + ${top} + u.divide;
  for (var f = lid; f < u.features; f += ${rowLanes}) {
    let i = index * u.features + f;
    y[i] = exp(products[i] - shift) + u.epsilon;
  }`;
  const half = typeof bound === "number" ? `min(${statistics}.x, ${largestHalfNorm})` : `${statistics}.x`;
  const waves = `let factor = exp(${half} - ${bound === "row" ? "0.0" : top} - u.divide);
  for (var f = lid; f < u.features; f += ${rowLanes}) {
    let place = factor * circle(products[index * u.features + f]);
    y[2 * index * u.features + f] = place.x;
    y[(2 * index + 1) * u.features + f] = place.y;
  }`;
  return map === "trigonometric" ? circle + entry(rowLanes, waves) : entry(rowLanes, positive);
}

/** What a row's products and its half norm get, and the latter's place: [rows,F] and [rows]. */
export function slopeCode({ map, bound }: RandomFeaturesAttributes, padded: boolean): string {
  const first = "let i = index * u.features + f;";
  const row = {
    positive: `${first}
    let slope = dy[i] * (y[i] - u.epsilon);
    sum -= slope;
    du[i] = slope;`,
    relu: `${first}
    du[i] = select(0.0, dy[i], y[i] > u.epsilon);`,
    trigonometric: `${first}
    let c = 2 * index * u.features + f;
    let s = c + u.features;
    sum += dy[c] * y[c] + dy[s] * y[s];
    du[i] = dy[s] * y[c] - dy[c] * y[s];`,
  }[map];
  const real = realRow(padded);
  const cut = `let half = 0.5 * u.scale * sum_all(lid, squares);
  all = select(0.0, all * ${real}, half * ${real} <= ${largestHalfNorm});`;
  const factor = {
    positive: "",
    relu: "all = 0.0;",
    trigonometric: bound === "row" ? "all = 0.0;" : bound === "sequence" ? `all *= ${real};` : cut,
  }[map];
  return `var sum = 0.0;
  for (var f = lid; f < u.features; f += ${rowLanes}) { ${row} }
  var squares = 0.0;
  for (var c = lid; c < u.width; c += ${rowLanes}) { let value = x[index * u.width + c]; squares += value * value; }
  var all = sum_all(lid, sum);
  ${factor}
  if (lid == 0) { dHalf[index] = all; }`;
}
