import { countLeaks, normalValues } from "@attention-lab/tensors";
import { setBackend, tensor2d, type Tensor2D, type Variable } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type CellState, GruCell, LstmCell, type RecurrentCell, RnnCell } from "../src/index.ts";
import { oracleStep } from "./recurrent-oracle.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

interface Sizes {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly seed: number;
  readonly bias?: boolean;
}
const cells: Record<string, (options: Sizes) => RecurrentCell> = {
  tanh: (options) => new RnnCell(options),
  relu: (options) => new RnnCell({ ...options, activation: "relu" }),
  lstm: (options) => new LstmCell(options),
  afterProduct: (options) => new GruCell(options),
  beforeProduct: (options) => new GruCell({ ...options, reset: "beforeProduct" }),
};
const kinds = Object.keys(cells);
const sizes = { name: "c", inputs: 3, units: 2, seed: 1 };
const make = (kind: string, options: Partial<Sizes> = {}) =>
  (cells[kind] as (options: Sizes) => RecurrentCell)({ ...sizes, ...options });
const values = (variable: Variable | undefined, size: number) => variable?.dataSync() ?? new Float32Array(size);
const free = (cell: RecurrentCell) => Object.values(cell.parameters()).forEach((variable) => variable.dispose());

describe.each(kinds)("%s", (kind) => {
  test("one step of any size is the paper's formula, with biases and without", () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.nat(1000), (batch, inputs, units, bias, seed) => {
        const cell = make(kind, { inputs, units, bias, seed });
        const parameters = cell.parameters();
        expect(Object.keys(parameters).length).toBe(bias ? 4 : 2);
        const [x, hidden, memory] = [inputs, units, units].map((width, i) => normalValues(seed + i, batch * width)) as [
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        const state: CellState = {
          hidden: tensor2d(hidden, [batch, units]),
          ...(kind === "lstm" ? { cell: tensor2d(memory, [batch, units]) } : {}),
        };
        const next = cell.call(tensor2d(x, [batch, inputs]), state);
        const weights = {
          inputWeight: values(parameters["input.weight"], 0),
          inputBias: values(parameters["input.bias"], cell.projected),
          recurrentWeight: values(parameters["recurrent.weight"], 0),
          recurrentBias: values(parameters["recurrent.bias"], cell.projected),
        };
        for (let row = 0; row < batch; row++) {
          const of = (all: ArrayLike<number>, width: number) => Array.from(all).slice(row * width, (row + 1) * width);
          const before = { hidden: of(hidden, units), cell: of(memory, units) };
          const want = oracleStep(kind, weights, of(x, inputs), before);
          of(next.hidden.dataSync(), units).forEach((got, u) => expect(got).toBeCloseTo(want.hidden[u] ?? NaN, 5));
          if (next.cell !== undefined)
            of(next.cell.dataSync(), units).forEach((got, u) => expect(got).toBeCloseTo(want.cell[u] ?? NaN, 5));
        }
        expect(next.cell !== undefined).toBe(kind === "lstm");
        free(cell);
      }),
      { numRuns: 20 },
    );
  });

  test("starts uniform within 1/sqrt(units), the same for the same seed only, and at a state of zeros", () => {
    const weights = (seed: number) =>
      Object.values(make(kind, { units: 16, seed }).parameters()).flatMap((variable) => [...variable.dataSync()]);
    const drawn = weights(3);
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length).toBeCloseTo(0.0625 / 3, 2);
    expect(weights(3)).toEqual(drawn);
    expect(weights(4)).not.toEqual(drawn);
    const start = make(kind).start(2);
    expect([...start.hidden.dataSync()]).toEqual([0, 0, 0, 0]);
    expect(start.cell?.shape).toEqual(kind === "lstm" ? [2, 2] : undefined);
  });

  test("leaves nothing behind but the next state", () => {
    const leaked = countLeaks(() => {
      const cell = make(kind);
      const x = tensor2d(normalValues(1, 6), [2, 3]);
      const start = cell.start(2);
      const next = cell.call(x, start);
      for (const tensor of [x, ...Object.values(start), ...Object.values(next)] as Tensor2D[]) tensor.dispose();
      free(cell);
    });
    expect(leaked).toBe(0);
  });

  test("refuses another width, another batch and a state that is not its own", () => {
    const cell = make(kind);
    const zeros = (batch: number, width: number) => tensor2d(new Float32Array(batch * width), [batch, width]);
    expect(() => cell.call(zeros(2, 4), cell.start(2))).toThrow(
      "cell c: the last axis of its input must be 3, got [2,4]",
    );
    expect(() => cell.call(zeros(2, 3), cell.start(1))).toThrow("cell c: the state's hidden must be [2,2], got [1,2]");
    expect(() => cell.call(zeros(2, 3), { hidden: zeros(2, 3) })).toThrow("hidden must be [2,2], got [2,3]");
    expect(() => make(kind, { units: 0 })).toThrow("cell c: units must be a positive integer, got 0");
  });
});

test("an LSTM's state needs its memory", () => {
  const cell = make("lstm");
  const { hidden } = cell.start(1);
  expect(() => cell.call(tensor2d([[1, 2, 3]]), { hidden })).toThrow("the state's cell must be [1,2], got undefined");
});
