import { holds, oneOf, positiveNumbers, wholeNumber } from "./check.ts";
import type { Engine, Four, Operand } from "./engine.ts";
import { binaryOperations, broadcasts, type Invocation, unaryGradients, unaryOperations } from "./operations.ts";

type Invoke = (invocation: Invocation) => void;
type ElementKernels = Pick<
  Engine,
  "unary" | "unaryGradient" | "binary" | "accumulate" | "permute" | "adam" | "dropout"
>;

/** Elements an operand must hold to cover the grid. */
function operandLength({ broadcast }: Operand, rows: number, columns: number): number {
  return broadcast === "full" ? rows * columns : broadcast === "row" ? columns : broadcast === "column" ? rows : 1;
}

/** Throws unless every element that a strided walk touches lies inside `length`. */
function staysInside(
  who: string,
  name: string,
  length: number,
  counts: Four,
  strides: Four,
  run: number,
  offset: number,
): void {
  let lowest = offset;
  let highest = offset + run - 1;
  for (const [i, stride] of strides.entries()) {
    const reach = ((counts[i] ?? 1) - 1) * stride;
    if (reach < 0) lowest += reach;
    else highest += reach;
  }
  if (lowest >= 0 && highest < length) return;
  throw new RangeError(`${who}: ${name} is read or written from ${lowest} to ${highest}, but holds ${length} numbers`);
}

/** The kernels which work on elements: csrc/elementwise.c, permute.c, optimiser.c, dropout.c. */
export function elementKernels(engine: string, invoke: Invoke): ElementKernels {
  return {
    unary(operation, x, y, parameter = 0) {
      const who = `${engine} unary`;
      const code = oneOf(who, "operation", operation, unaryOperations);
      holds(who, "x", x, 0);
      holds(who, "y", y, x.length);
      if (x.length === 0) return;
      invoke({ operation: "unary", sizes: [x.length, code], numbers: [parameter], arrays: [x, y], access: "rw" });
    },
    unaryGradient(operation, x, dy, dx) {
      const who = `${engine} unaryGradient`;
      const code = oneOf(who, "operation", operation, unaryGradients);
      holds(who, "x", x, 0);
      holds(who, "dy", dy, x.length);
      holds(who, "dx", dx, x.length);
      if (x.length === 0) return;
      invoke({ operation: "unaryGradient", sizes: [x.length, code], numbers: [], arrays: [x, dy, dx], access: "rrw" });
    },
    binary(operation, rows, columns, a, b, y) {
      const who = `${engine} binary`;
      positiveNumbers(who, { rows, columns });
      const code = oneOf(who, "operation", operation, binaryOperations);
      const modes = [a, b].map(({ broadcast }) => oneOf(who, "broadcast", broadcast, broadcasts));
      holds(who, "a", a.values, operandLength(a, rows, columns));
      holds(who, "b", b.values, operandLength(b, rows, columns));
      holds(who, "y", y, rows * columns);
      const arrays = [a.values, b.values, y];
      invoke({ operation: "binary", sizes: [rows, columns, code, ...modes], numbers: [], arrays, access: "rrw" });
    },
    accumulate(x, into) {
      holds(`${engine} accumulate`, "x", x, 0);
      holds(`${engine} accumulate`, "into", into, x.length);
      if (x.length === 0) return;
      invoke({ operation: "accumulate", sizes: [x.length], numbers: [], arrays: [x, into], access: "rb" });
    },
    permute(counts, strides, run, x, xOffset, y, yOffset, yStrides) {
      const who = `${engine} permute`;
      for (const count of counts) wholeNumber(who, "counts", count, 0);
      wholeNumber(who, "run", run, 0);
      holds(who, "x", x, 0);
      holds(who, "y", y, 0);
      if (run === 0 || counts.includes(0)) return;
      staysInside(who, "x", x.length, counts, strides, run, xOffset);
      staysInside(who, "y", y.length, counts, yStrides, run, yOffset);
      const sizes = [...counts, ...strides, ...yStrides, xOffset, yOffset, run];
      invoke({ operation: "permute", sizes, numbers: [], arrays: [x, y], access: "rb" });
    },
    adam(step, options, parameters) {
      const who = `${engine} adam`;
      positiveNumbers(who, { step });
      if (parameters.length === 0) return;
      const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
      const perParameter: number[] = [];
      let elements = 0;
      for (const [i, p] of parameters.entries()) {
        holds(who, `value of parameter ${i}`, p.value, 0);
        const { length } = p.value;
        holds(who, `gradient of parameter ${i}`, p.gradient, length);
        holds(who, `m of parameter ${i}`, p.m, length);
        holds(who, `v of parameter ${i}`, p.v, length);
        perParameter.push(length, Number(p.decay));
        elements += length;
      }
      invoke({
        operation: "adam",
        sizes: [parameters.length, elements, ...perParameter],
        numbers: [learningRate, beta1, beta2, epsilon, weightDecay, 1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step)],
        arrays: parameters.flatMap((p) => [p.value, p.gradient, p.m, p.v]),
        access: "brbb".repeat(parameters.length),
      });
    },
    dropout(rate, key, counter, x, y) {
      const who = `${engine} dropout`;
      if (!(rate >= 0 && rate < 1)) throw new RangeError(`${who}: rate must be at least 0 and below 1, got ${rate}`);
      holds(who, "x", x, 0);
      holds(who, "y", y, x.length);
      if (x.length === 0) return;
      // The bits of uint32 words, as signed numbers.
      const words = [...key, ...counter].map((word) => word | 0);
      invoke({ operation: "dropout", sizes: [x.length, ...words], numbers: [rate], arrays: [x, y], access: "rw" });
    },
  };
}
