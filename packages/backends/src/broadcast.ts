import type { Operand } from "@attention-lab/kernels";
import { at, type Shape, sizeOf, stridesOf } from "./shapes.ts";

export type Mode = Operand["broadcast"];

/** The output of an elementwise operation as rows and columns, and how each operand repeats over them. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly a: Mode;
  readonly b: Mode;
}

/** The grid on which both operands are full, one number, one row or one column; undefined when no single grid fits both. */
export function gridOf(a: Shape, b: Shape, output: Shape): Grid | undefined {
  const total = sizeOf(output);
  const first = modeOf(a, output);
  const second = modeOf(b, output);
  if (first === undefined || second === undefined) return undefined;
  const widths = new Set([first.columns, second.columns].filter((columns) => columns !== undefined));
  if (widths.size > 1) return undefined;
  const columns = [...widths][0] ?? total;
  return { rows: total / columns, columns, a: first.mode, b: second.mode };
}

/** Strides that read an operand of shape `shape` as if it had the shape `output`: 0 along every repeated axis. */
export function broadcastStrides(shape: Shape, output: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = output.length - shape.length;
  return output.map((_, axis) => (axis < missing || at(shape, axis - missing) === 1 ? 0 : at(strides, axis - missing)));
}

function modeOf(shape: Shape, output: Shape): { mode: Mode; columns?: number } | undefined {
  const size = sizeOf(shape);
  const total = sizeOf(output);
  if (size === total) return { mode: "full" };
  if (size === 1) return { mode: "scalar" };
  const padded = [...Array<number>(output.length - shape.length).fill(1), ...shape];
  const from = padded.findIndex((length) => length !== 1);
  if (sizeOf(output.slice(from)) === size) return { mode: "row", columns: size };
  const to = padded.findLastIndex((length) => length !== 1) + 1;
  if (sizeOf(output.slice(0, to)) === size) return { mode: "column", columns: total / size };
  return undefined;
}
