import { invalid } from "@attention-lab/tensors";
import type { Rows } from "./task.ts";

/** Share of counted targets, those of at least 0, that were predicted. Errors: RangeError when the rows disagree or none is counted. */
export function tokenAccuracy(predictions: Rows, targets: Rows): number {
  const counted = compare(predictions, targets).flat();
  if (counted.length === 0) throw invalid("token accuracy", "there must be a target to score", 0);
  return counted.filter(Boolean).length / counted.length;
}

/** Share of rows with counted targets in which every one was predicted; what a prediction says behind them does not count. */
export function exactMatch(predictions: Rows, targets: Rows): number {
  const rows = compare(predictions, targets).filter((row) => row.length > 0);
  if (rows.length === 0) throw invalid("exact match", "there must be a target to score", 0);
  return rows.filter((row) => row.every(Boolean)).length / rows.length;
}

/** For each row, whether each counted target was predicted. */
function compare(predictions: Rows, targets: Rows): boolean[][] {
  if (predictions.length !== targets.length) {
    throw invalid("score", `there must be ${targets.length} rows of predictions`, predictions.length);
  }
  return targets.map((row, index) =>
    row.flatMap((target, place) => (target < 0 ? [] : [predictions[index]?.[place] === target])),
  );
}
