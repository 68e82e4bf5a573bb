import { holds, indicesBelow, oneOf, positiveNumbers } from "./check.ts";
import type { Engine } from "./engine.ts";
import type { AnyArray, Invocation, Operation } from "./operations.ts";

type Invoke = (invocation: Invocation) => void;
type RowKernels = Pick<
  Engine,
  | "layerNorm"
  | "layerNormGradient"
  | "crossEntropy"
  | "crossEntropyGradient"
  | "softmax"
  | "logSoftmax"
  | "gather"
  | "scatterAdd"
  | "reduceRows"
  | "reduceColumns"
>;

/** The kernels which work on rows: csrc/normalise.c, softmax.c, tables.c. */
export function rowKernels(engine: string, invoke: Invoke): RowKernels {
  /** Checks the grid and each array's length, [name, array, length]; then calls. */
  function call(
    operation: Operation,
    sizes: number[],
    numbers: number[],
    access: string,
    arrays: readonly (readonly [string, AnyArray, number])[],
  ): void {
    const who = `${engine} ${operation}`;
    positiveNumbers(who, { rows: sizes[0] ?? 0, columns: sizes[1] ?? 0 });
    for (const [name, array, length] of arrays) {
      holds(who, name, array, length, name === "labels" || name === "indices" ? "Int32Array" : "Float32Array");
    }
    invoke({ operation, sizes, numbers, access, arrays: arrays.map(([, array]) => array) });
  }

  return {
    layerNorm: (rows, columns, epsilon, x, gamma, beta, y, statistics) =>
      call("layerNorm", [rows, columns], [epsilon], "rrrww", [
        ["x", x, rows * columns],
        ["gamma", gamma, columns],
        ["beta", beta, columns],
        ["y", y, rows * columns],
        ["statistics", statistics, 2 * rows],
      ]),
    layerNormGradient: (rows, columns, x, gamma, statistics, dy, dx, dGamma, dBeta) =>
      call("layerNormGradient", [rows, columns], [], "rrrrwww", [
        ["x", x, rows * columns],
        ["gamma", gamma, columns],
        ["statistics", statistics, 2 * rows],
        ["dy", dy, rows * columns],
        ["dx", dx, rows * columns],
        ["dGamma", dGamma, columns],
        ["dBeta", dBeta, columns],
      ]),
    crossEntropy: (rows, classes, logits, labels, logSumExp, loss) => {
      indicesBelow(`${engine} crossEntropy`, "labels", labels, rows, classes, true);
      call("crossEntropy", [rows, classes], [], "rrww", [
        ["logits", logits, rows * classes],
        ["labels", labels, rows],
        ["logSumExp", logSumExp, rows],
        ["loss", loss, 1],
      ]);
    },
    crossEntropyGradient: (rows, classes, logits, labels, logSumExp, dLoss, dLogits) => {
      indicesBelow(`${engine} crossEntropyGradient`, "labels", labels, rows, classes, true);
      call("crossEntropyGradient", [rows, classes], [], "rrrrw", [
        ["logits", logits, rows * classes],
        ["labels", labels, rows],
        ["logSumExp", logSumExp, rows],
        ["dLoss", dLoss, 1],
        ["dLogits", dLogits, rows * classes],
      ]);
    },
    softmax: (rows, columns, x, y) =>
      call("softmax", [rows, columns], [], "rw", [
        ["x", x, rows * columns],
        ["y", y, rows * columns],
      ]),
    logSoftmax: (rows, columns, x, y) =>
      call("logSoftmax", [rows, columns], [], "rw", [
        ["x", x, rows * columns],
        ["y", y, rows * columns],
      ]),
    gather: (rows, columns, tableRows, table, indices, y) => {
      indicesBelow(`${engine} gather`, "indices", indices, rows, tableRows);
      call("gather", [rows, columns], [], "rrw", [
        ["table", table, tableRows * columns],
        ["indices", indices, rows],
        ["y", y, rows * columns],
      ]);
    },
    scatterAdd: (rows, columns, tableRows, x, indices, y) => {
      positiveNumbers(`${engine} scatterAdd`, { tableRows });
      indicesBelow(`${engine} scatterAdd`, "indices", indices, rows, tableRows);
      call("scatterAdd", [rows, columns, tableRows], [], "rrw", [
        ["x", x, rows * columns],
        ["indices", indices, rows],
        ["y", y, tableRows * columns],
      ]);
    },
    reduceRows: (operation, rows, columns, scale, x, y) => {
      const code = oneOf(`${engine} reduceRows`, "operation", operation, ["sum", "max"]);
      call("reduceRows", [rows, columns, code], [scale], "rw", [
        ["x", x, rows * columns],
        ["y", y, rows],
      ]);
    },
    reduceColumns: (rows, columns, scale, x, y) =>
      call("reduceColumns", [rows, columns], [scale], "rw", [
        ["x", x, rows * columns],
        ["y", y, columns],
      ]),
  };
}
