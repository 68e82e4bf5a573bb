import { type Tensor, add, cast, mul, oneHot, setBackend, tensor1d, tensor2d, variable } from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { countLeaksAsync } from "@attention-lab/tensors";
import {
  classification,
  type LabelledData,
  languageModelling,
  maskedTokens,
  type Objective,
  sequenceToSequence,
} from "@attention-lab/training";
import { rowsTask } from "./tiny.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** A score of log(9) for the id itself and 0 for the three others: the probability of the id is 3/4. */
const sharp = Math.log(9);
const echo = (ids: Tensor): Tensor => mul(cast(oneHot(cast(ids, "int32"), 4), "float32"), sharp);
const parameters = () => ({});
const [right, wrong] = [-Math.log(9 / 12), -Math.log(1 / 12)];

const once = <Batch extends { readonly targets: Tensor }>(make: () => Batch): LabelledData<Batch> => ({
  name: "once",
  batch: make,
  validationBatches: 1,
  validationBatch: make,
});
const scoresOf = async (objective: Objective) => {
  expect(await countLeaksAsync(() => objective.evaluate())).toBe(0);
  return objective.evaluate();
};

test("language modelling scores every counted token, in bits per byte too", async () => {
  const task = { ...rowsTask([[0, 1, 2]], [[0, 3, -1]], 1), bytesPerToken: 2 };
  const scores = await scoresOf(languageModelling({ parameters, logits: (ids) => echo(ids) as Tensor3D }, task));
  const loss = (right + wrong) / 2;
  expect(scores.loss).toBeCloseTo(loss, 5);
  expect(scores.perplexity).toBeCloseTo(Math.exp(loss), 4);
  expect(scores.bitsPerByte).toBeCloseTo(loss / Math.LN2 / 2, 5);
  expect(scores.accuracy).toBe(0.5);
  expect(scores.exactMatch).toBeUndefined();
});

test("masked tokens are asked where they were hidden, and the model is told what is padding", async () => {
  const seen: number[][] = [];
  const logits = (ids: Tensor2D, { padding }: { padding?: Tensor2D }) => {
    seen.push([...(padding?.dataSync() ?? [])]);
    return echo(ids) as Tensor3D;
  };
  const batch = () => ({
    inputs: tensor2d(
      [
        [3, 1, 0],
        [2, 2, 1],
      ],
      [2, 3],
      "int32",
    ),
    targets: tensor2d(
      [
        [-1, 1, -1],
        [0, -1, -1],
      ],
      [2, 3],
      "int32",
    ),
    padding: tensor2d(
      [
        [1, 1, 0],
        [1, 1, 1],
      ],
      [2, 3],
    ),
  });
  const scores = await scoresOf(maskedTokens({ parameters, logits }, once(batch)));
  expect(seen[0]).toEqual([1, 1, 0, 1, 1, 1]);
  expect(scores).toMatchObject({ accuracy: 0.5 });
  expect(scores.loss).toBeCloseTo((right + wrong) / 2, 5);
});

test("classification asks one class of each sequence", async () => {
  const classify = (ids: Tensor2D) => echo(ids.flatten()) as Tensor2D;
  const batch = () => ({
    inputs: tensor2d([[1], [2], [3], [0]], [4, 1], "int32"),
    targets: tensor1d([1, 2, 3, 3], "int32"),
  });
  const scores = await scoresOf(classification({ parameters, classify }, once(batch)));
  expect(scores.accuracy).toBe(0.75);
  expect(scores.loss).toBeCloseTo((3 * right + wrong) / 4, 5);
});

test("sequence to sequence counts a row as right when all of it is, padding aside", async () => {
  const seen: (readonly number[])[] = [];
  const pairs = () => ({
    sources: tensor2d(
      [
        [1, 2],
        [3, 0],
        [1, 1],
      ],
      [3, 2],
      "int32",
    ),
    sourceLengths: [2, 1, 2],
    inputs: tensor2d(
      [
        [1, 2],
        [3, 0],
        [2, 2],
      ],
      [3, 2],
      "int32",
    ),
    targets: tensor2d(
      [
        [1, 2],
        [3, -1],
        [2, 1],
      ],
      [3, 2],
      "int32",
    ),
  });
  const logits = (ids: Tensor2D, { lengths }: { lengths: readonly number[] }) => {
    seen.push(lengths);
    return echo(ids) as Tensor3D;
  };
  const scores = await scoresOf(sequenceToSequence({ parameters, logits }, once(pairs)));
  expect(scores.exactMatch).toBeCloseTo(2 / 3, 6);
  expect(scores.accuracy).toBeCloseTo(4 / 5, 6);
  expect(seen[0]).toEqual([2, 1, 2]);
});

test("smoothing is for training alone, and the weight is the number of targets", async () => {
  const task = rowsTask([[0, 1]], [[0, -1]], 1);
  const bias = variable(tensor1d([0, 0, 0, 0]));
  const model = { parameters: () => ({ bias }), logits: (ids: Tensor2D) => add(echo(ids), bias) as Tensor3D };
  const smoothed = languageModelling(model, task, { labelSmoothing: { amount: 0.4, over: "all" } });
  const loss = async (training: boolean) =>
    (await smoothed.loss(smoothed.batch(0), { training, step: 0 }).data())[0] as number;
  expect(await loss(true)).toBeCloseTo(0.7 * right + 0.3 * wrong, 5);
  expect(await loss(false)).toBeCloseTo(right, 5);
  expect((await smoothed.weight(smoothed.batch(0)).data())[0]).toBe(1);
});

test("held-out data without a single target is refused", async () => {
  const objective = languageModelling(
    { parameters, logits: (ids) => echo(ids) as Tensor3D },
    rowsTask([[0]], [[-1]], 1),
  );
  await expect(objective.evaluate()).rejects.toThrow("evaluate: the held-out data must have a target to score, got 0");
});
