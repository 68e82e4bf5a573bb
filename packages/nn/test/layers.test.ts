import { normalValues } from "@attention-lab/tensors";
import { setBackend, tensor, tensor2d, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { Dropout, Embedding, FeedForward, LayerNorm, Linear, RMSNorm } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-5): void {
  expect(got.length).toBe(want.length);
  for (let index = 0; index < want.length; index++) {
    expect(Math.abs((got[index] ?? NaN) - (want[index] ?? NaN))).toBeLessThan(tolerance);
  }
}

/** x [rows, inputs] times w [inputs, outputs] plus b, in float64. */
function affine(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  b: ArrayLike<number> | undefined,
  inputs: number,
): number[] {
  const outputs = w.length / inputs;
  return Array.from({ length: (x.length / inputs) * outputs }, (_, index) => {
    const row = Math.floor(index / outputs);
    const column = index % outputs;
    let sum = b?.[column] ?? 0;
    for (let i = 0; i < inputs; i++) sum += (x[row * inputs + i] ?? 0) * (w[i * outputs + column] ?? 0);
    return sum;
  });
}

const erf = (x: number) => {
  // Maclaurin series: exact to float64 for the small arguments of these tests.
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const activations = {
  relu: (x: number) => Math.max(0, x),
  geluErf: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

describe("Linear", () => {
  test.each([true, false])("is x W + b over the last axis (bias %s)", (bias) => {
    const layer = new Linear({ name: "l", inputs: 3, outputs: 4, bias, seed: 1 });
    layer.bias?.assign(tensor([0.5, -1, 2, 0.25]));
    const x = normalValues(2, 30);
    const y = tidy(() => layer.call(tensor(x, [2, 5, 3])));
    expect(y.shape).toEqual([2, 5, 4]);
    expectClose(y.dataSync(), affine(x, layer.weight.dataSync(), layer.bias?.dataSync(), 3));
    expect(Object.keys(layer.parameters())).toEqual(bias ? ["weight", "bias"] : ["weight"]);
  });

  test("starts within Glorot's limit, the same for the same seed only", () => {
    const values = (seed: number) => [
      ...new Linear({ name: "l", inputs: 20, outputs: 30, bias: false, seed }).weight.dataSync(),
    ];
    const weights = values(7);
    const limit = Math.sqrt(6 / 50);
    expect(Math.max(...weights)).toBeLessThanOrEqual(limit);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(-limit);
    const variance = weights.reduce((sum, weight) => sum + weight ** 2, 0) / weights.length;
    expect(variance).toBeGreaterThan(limit ** 2 / 3.6);
    expect(variance).toBeLessThan(limit ** 2 / 2.5);
    expect(values(7)).toEqual(weights);
    expect(values(8)).not.toEqual(weights);
  });

  test("names the width that does not fit", () => {
    const layer = new Linear({ name: "query", inputs: 3, outputs: 4, bias: true, seed: 1 });
    expect(() => layer.call(tensor2d([[1, 2]]))).toThrow(/linear query: the last axis must be 3, got/);
    expect(() => new Linear({ name: "query", inputs: 0, outputs: 4, bias: true, seed: 1 })).toThrow(
      "linear query: inputs must be a positive integer, got 0",
    );
  });
});

describe("Embedding", () => {
  test("looks rows up and scores them", () => {
    const layer = new Embedding({ name: "e", rows: 5, width: 3, seed: 3 });
    const table = layer.weight.dataSync();
    const looked = tidy(() =>
      layer.call(
        tensor2d(
          [
            [4, 0],
            [4, 2],
          ],
          [2, 2],
          "int32",
        ),
      ),
    );
    expect(looked.shape).toEqual([2, 2, 3]);
    expect([...looked.dataSync()]).toEqual([4, 0, 4, 2].flatMap((id) => Array.from(table.slice(id * 3, id * 3 + 3))));
    const x = normalValues(4, 6);
    const scores = tidy(() => layer.unembed(tensor(x, [1, 2, 3])));
    expect(scores.shape).toEqual([1, 2, 5]);
    const transposed = Array.from({ length: 15 }, (_, index) => table[(index % 5) * 3 + Math.floor(index / 5)] ?? 0);
    expectClose(scores.dataSync(), affine(x, transposed, undefined, 3));
  });

  test("starts normal with a deviation of 1/sqrt(width), or the one given", () => {
    const variance = (deviation?: number) => {
      const options = { name: "e", rows: 400, width: 16, seed: 3 };
      const table = new Embedding(deviation === undefined ? options : { ...options, deviation }).weight.dataSync();
      return Array.from(table).reduce((sum, value) => sum + value ** 2, 0) / table.length;
    };
    expect(Math.abs(variance() * 16 - 1)).toBeLessThan(0.1);
    expect(Math.abs(variance(3) / 9 - 1)).toBeLessThan(0.1);
  });

  test("refuses float ids and another width", () => {
    const layer = new Embedding({ name: "e", rows: 5, width: 3, seed: 3 });
    expect(() => layer.call(tensor2d([[1]]))).toThrow(/embedding e: ids must be int32, got "?float32"?/);
    expect(() => layer.unembed(tensor2d([[1, 2]]))).toThrow(/the last axis must be 3 to unembed/);
  });
});

describe("norms", () => {
  const x = normalValues(5, 12).map((value) => 3 * value + 2);
  const normalised = (row: number, centre: boolean, epsilon: number) => {
    const values = Array.from(x.slice(row * 4, row * 4 + 4));
    const mean = centre ? values.reduce((sum, value) => sum + value, 0) / 4 : 0;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
    return values.map((value) => (value - mean) / Math.sqrt(square + epsilon));
  };
  const weights = [1, 2, -1, 0.5];

  test("LayerNorm uses the biased variance, epsilon inside the root", () => {
    const layer = new LayerNorm({ name: "n", width: 4, epsilon: 0.1 });
    layer.weight.assign(tensor(weights));
    layer.bias.assign(tensor([0, 1, 0, -1]));
    const want = [0, 1, 2].flatMap((row) =>
      normalised(row, true, 0.1).map((value, i) => value * (weights[i] ?? 0) + ([0, 1, 0, -1][i] ?? 0)),
    );
    expectClose(tidy(() => layer.call(tensor(x, [3, 1, 4]))).dataSync(), want);
  });

  test("RMSNorm does not centre", () => {
    const layer = new RMSNorm({ name: "n", width: 4, epsilon: 0.1 });
    layer.weight.assign(tensor(weights));
    const want = [0, 1, 2].flatMap((row) => normalised(row, false, 0.1).map((value, i) => value * (weights[i] ?? 0)));
    expectClose(tidy(() => layer.call(tensor(x, [3, 1, 4]))).dataSync(), want);
  });
});

describe("Dropout", () => {
  test("drops by seed and step in training and is the identity otherwise", () => {
    const layer = new Dropout({ name: "d", rate: 0.25, seed: 9 });
    const x = tensor(new Float32Array(4000).fill(1));
    const at = (step: number) => tidy(() => layer.call(x, { training: true, step })).dataSync();
    const first = at(0);
    const dropped = first.filter((value) => value === 0).length;
    expect(dropped).toBeGreaterThan(880);
    expect(dropped).toBeLessThan(1120);
    expectClose(
      first.filter((value) => value !== 0),
      new Float32Array(4000 - dropped).fill(1 / 0.75),
    );
    expect(at(0)).toEqual(first);
    expect(at(1)).not.toEqual(first);
    expect(layer.call(x).dataSync()).toEqual(x.dataSync());
  });

  test.each([-0.1, 1, NaN])("refuses the rate %s", (rate) => {
    expect(() => new Dropout({ name: "d", rate, seed: 1 })).toThrow(`dropout d: rate must be in [0, 1), got ${rate}`);
  });
});

describe("FeedForward", () => {
  test.each(["relu", "geluErf", "geluTanh"] as const)("is two linear layers around %s", (activation) => {
    const layer = new FeedForward({ name: "f", width: 3, hidden: 5, activation, dropout: 0, seed: 2 });
    layer.up.bias?.assign(tensor([0.1, -0.2, 0.3, 0, -1]));
    layer.down.bias?.assign(tensor([1, 2, 3]));
    const x = normalValues(6, 12);
    const data = (value: Tensor | undefined) => value?.dataSync() ?? [];
    const hidden = affine(x, data(layer.up.weight), data(layer.up.bias), 3).map(activations[activation]);
    const want = affine(hidden, data(layer.down.weight), data(layer.down.bias), 5);
    expectClose(tidy(() => layer.call(tensor(x, [1, 4, 3]))).dataSync(), want);
    expect(Object.keys(layer.parameters())).toEqual(["up.weight", "up.bias", "down.weight", "down.bias"]);
  });

  test("its two weights share no numbers", () => {
    const layer = new FeedForward({ name: "f", width: 4, hidden: 4, activation: "relu", dropout: 0, seed: 2 });
    const up = new Set(layer.up.weight.dataSync());
    expect(Array.from(layer.down.weight.dataSync()).filter((value) => up.has(value))).toEqual([]);
  });

  test("drops hidden values in training only", () => {
    const layer = new FeedForward({ name: "f", width: 8, hidden: 64, activation: "relu", dropout: 0.5, seed: 2 });
    const x = tensor(normalValues(6, 32), [4, 8]);
    const run = (training: boolean, step: number) => tidy(() => layer.call(x, { training, step })).dataSync();
    expect(run(false, 0)).toEqual(run(false, 1));
    expect(run(true, 0)).not.toEqual(run(false, 0));
    expect(run(true, 0)).not.toEqual(run(true, 1));
  });
});
