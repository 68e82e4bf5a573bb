import { countLeaks, normalValues } from "@attention-lab/tensors";
import {
  mul,
  type Scalar,
  setBackend,
  sum,
  tensor,
  type Tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { differences, expectClose } from "../../tensors/test/check-operation.ts";
import { FeedForward, GatedFeedForward } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const [rows, width, hidden] = [2, 3, 4];
const options = { name: "g", width, hidden, dropout: 0, seed: 2 };

/** x [rows,I] w [I,O] + b. */
function affine(x: ArrayLike<number>, w: ArrayLike<number>, b: ArrayLike<number>, inputs: number): number[] {
  const outputs = b.length;
  return Array.from({ length: rows * outputs }, (_, at) => {
    const [row, column] = [Math.floor(at / outputs), at % outputs];
    let total = b[column] ?? NaN;
    for (let i = 0; i < inputs; i++) total += (x[row * inputs + i] ?? NaN) * (w[i * outputs + column] ?? NaN);
    return total;
  });
}

/** Shazeer 2020, equation 6, with biases; inputs in the order of the layer's parameters, after x. */
function swiglu(...[x, wg, bg, wu, bu, wd, bd]: Float64Array[]): number[] {
  const gate = affine(x!, wg!, bg!, width);
  const up = affine(x!, wu!, bu!, width);
  const gated = gate.map((z, i) => (z / (1 + Math.exp(-z))) * (up[i] ?? NaN));
  return affine(gated, wd!, bd!, hidden);
}

describe("GatedFeedForward", () => {
  test("is SwiGLU, with the gradients of central differences", () => {
    const layer = new GatedFeedForward(options);
    const parameters = layer.parameters();
    expect(Object.keys(parameters)).toEqual(
      ["gate", "up", "down"].flatMap((role) => [`${role}.weight`, `${role}.bias`]),
    );
    Object.values(parameters).forEach((each, i) => each.assign(tensor(normalValues(i, each.size), each.shape)));
    const x = variable(tensor(normalValues(9, rows * width), [rows, width]));
    const all: Variable[] = [x, ...Object.values(parameters)];
    const weights = normalValues(8, rows * width);
    const inputs = all.map((each) => Float64Array.from(each.dataSync()));
    expectClose(layer.call(x).dataSync(), swiglu(...inputs), 1e-5, "output");
    const { grads } = variableGrads(() => sum<Scalar>(mul(layer.call(x), tensor(weights, [rows, width]))), all);
    all.forEach((each, i) =>
      expectClose(grads[each.name]?.dataSync() ?? [], differences(swiglu, inputs, i, weights), 1e-4, `gradient ${i}`),
    );
  });

  test("has no biases if told so, and weights of its own for each matrix", () => {
    const layer = new GatedFeedForward({ ...options, bias: false });
    expect(Object.keys(layer.parameters())).toEqual(["gate.weight", "up.weight", "down.weight"]);
    expect(layer.gate.weight.dataSync()).not.toEqual(layer.up.weight.dataSync());
  });
});

describe.each([
  ["FeedForward", () => new FeedForward({ ...options, activation: "geluTanh", dropout: 0.5 })],
  ["GatedFeedForward", () => new GatedFeedForward({ ...options, dropout: 0.5 })],
] as const)("%s", (_, make) => {
  const x = () => tensor(normalValues(3, rows * width), [rows, width]);
  const run = (call: { residual?: Tensor; training?: boolean; step?: number }) => {
    const layer = make();
    return tidy(() => layer.call(x(), call)).dataSync();
  };

  test("adds a residual to what it makes", () => {
    const residual = tensor(normalValues(4, rows * width), [rows, width]);
    const [plain, added] = [run({}), run({ residual })];
    expectClose(
      added,
      Array.from(residual.dataSync(), (value, i) => value + (plain[i] ?? NaN)),
      1e-6,
      "sum",
    );
  });

  test("drops hidden values in training only, by step", () => {
    expect(run({ training: false, step: 1 })).toEqual(run({}));
    expect(run({ training: true, step: 1 })).not.toEqual(run({}));
    expect(run({ training: true, step: 1 })).not.toEqual(run({ training: true, step: 2 }));
    expect(run({ training: true, step: 1 })).toEqual(run({ training: true, step: 1 }));
  });

  test("leaves its result alone", () => {
    const layer = make();
    const input = x();
    expect(countLeaks(() => layer.call(input))).toBe(1);
  });
});
