import { setBackend, tensor2d, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { lengthMask, Recurrent, type RecurrentOptions } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const options = { name: "r", cell: "lstm", inputs: 3, units: 2, layers: 1, direction: "forward", dropout: 0, seed: 1 };
/** Options as a config read from a file: of any type. */
const make = (changed: object = {}) => new Recurrent({ ...options, ...changed } as unknown as RecurrentOptions);

test.each([
  [{ cell: "lstn" }, 'recurrent r: cell must be rnn or lstm or gru (did you mean "lstm"?), got "lstn"'],
  [{ cell: "transformer" }, 'recurrent r: cell must be rnn or lstm or gru, got "transformer"'],
  [{ activation: "relu" }, 'recurrent r: activation belongs to the cell rnn, got "lstm"'],
  [{ cell: "rnn", activation: "rely" }, 'activation must be tanh or relu (did you mean "relu"?), got "rely"'],
  [{ reset: "afterProduct" }, 'recurrent r: reset belongs to the cell gru, got "lstm"'],
  [{ cell: "gru", reset: "before" }, "reset must be afterProduct or beforeProduct"],
  [
    { direction: "backwards" },
    'direction must be forward or backward or both (did you mean "backward"?), got "backwards"',
  ],
  [{ layers: 0 }, "recurrent r: layers must be a positive integer, got 0"],
  [{ units: 1.5 }, "cell r.layers.0: units must be a positive integer, got 1.5"],
  [{ dropout: 1 }, "recurrent r: dropout must be in [0, 1), got 1"],
])("refuses %j", (changed, sentence) => {
  expect(() => make(changed)).toThrow(sentence);
});

test("refuses inputs, padding and states of other shapes", () => {
  const layer = make({ layers: 2 });
  const x = zeros([2, 4, 3]) as Tensor3D;
  expect(() => layer.call(zeros([2, 0, 3]))).toThrow(
    "recurrent r: its input must be [B,N,I] with a position at least, got [2,0,3]",
  );
  expect(() => layer.call(zeros([2, 4, 5]))).toThrow(
    "cell r.layers.0: the last axis of its input must be 3, got [2,4,5]",
  );
  expect(() => layer.call(x, { padding: lengthMask([1, 2], 5) })).toThrow(
    "recurrent r: padding must be [2,4], got [2,5]",
  );
  expect(() => layer.call(x, { initial: make().start(2) })).toThrow(
    "recurrent r: a state must have one entry for each of 2 cells, got 1",
  );
  expect(() => layer.call(x, { initial: layer.start(3) })).toThrow(
    "cell r.layers.0: the state's hidden must be [2,2], got [3,2]",
  );
  expect(() => make({ direction: "both" }).advance(tensor2d([[0, 0, 0, 0, 0, 0, 0, 0]]), [])).toThrow(
    'recurrent r: a step needs the direction forward, got "both"',
  );
});

test.each([
  [[5], "lengthMask: lengths must be whole numbers from 0 to 4, got 5"],
  [[2, -1], "from 0 to 4, got -1"],
  [[1.5], "from 0 to 4, got 1.5"],
])("refuses lengths %j of a sequence of 4", (lengths, sentence) => {
  expect(() => lengthMask(lengths, 4)).toThrow(sentence);
});

test("lengthMask marks the first positions", () => {
  expect(lengthMask([2, 0, 3], 3).arraySync()).toEqual([
    [1, 1, 0],
    [0, 0, 0],
    [1, 1, 1],
  ]);
});
