import {
  type Tensor2D,
  type Tensor3D,
  type Variable,
  memory,
  reshape,
  setBackend,
  variable,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { embeddingLookup, linear } from "@attention-lab/ops";
import { textTask } from "@attention-lab/tasks";
import { randomNormal } from "@attention-lab/tensors";
import { type TrainableModel, Trainer, warmupConstant } from "@attention-lab/training";

beforeAll(async () => {
  await setBackend("cpu");
});

const text = "the whale, the white whale, and the sea; ".repeat(30);
const task = () => textTask({ name: "whales", text, vocabulary: "character", length: 8, batchSize: 4, seed: 3 });

/** A bigram model: the logits of the next token are a row of a table, through one linear layer. */
function bigram(vocabulary: number): TrainableModel {
  const make = (seed: number, shape: [number, number]): Variable => {
    const initial = randomNormal(seed, shape, 0, 0.1);
    const held = variable(initial);
    initial.dispose();
    return held;
  };
  const parameters = { table: make(1, [vocabulary, 6]), head: make(2, [6, vocabulary]) };
  return {
    parameters: () => parameters,
    logits: (ids: Tensor2D) => {
      const rows = embeddingLookup(parameters.table as unknown as Tensor2D, ids);
      return reshape(linear(rows, parameters.head as unknown as Tensor2D), [...ids.shape, vocabulary]) as Tensor3D;
    },
  };
}

function trainer(run = "bigram") {
  const data = task();
  const model = bigram(data.vocabulary);
  return new Trainer({ model, task: data, schedule: warmupConstant({ base: 0.05, warmup: 5 }), clipNorm: 1, run });
}

describe("Trainer", () => {
  test("learns, and a step leaks nothing", async () => {
    const training = trainer();
    const first = (await training.trainStep()).loss;
    const before = memory().numTensors;
    let last = first;
    for (let i = 0; i < 60; i++) last = (await training.trainStep()).loss;
    expect(memory().numTensors).toBe(before);
    expect(last).toBeLessThan(first * 0.6);
    const { loss, bitsPerByte } = await training.evaluate();
    expect(memory().numTensors).toBe(before);
    expect(bitsPerByte).toBeCloseTo(loss / Math.LN2, 5); // ASCII: one byte a character
  });

  test("a resumed run equals an unbroken one bit for bit", async () => {
    const unbroken = trainer();
    for (let i = 0; i < 6; i++) await unbroken.trainStep();
    const bytes = await unbroken.checkpoint();
    const resumed = trainer();
    resumed.restore(bytes);
    expect(resumed.step).toBe(6);
    for (let i = 0; i < 4; i++) expect(await resumed.trainStep()).toEqual(await unbroken.trainStep());
    expect(Buffer.from(await resumed.checkpoint()).equals(Buffer.from(await unbroken.checkpoint()))).toBe(true);
  });

  test("a variable that two names share is trained once", async () => {
    const data = task();
    const twice = (model: TrainableModel): TrainableModel => ({
      ...model,
      parameters: () => ({ ...model.parameters(), alias: model.parameters()["head"] as Variable }),
    });
    const schedule = warmupConstant({ base: 0.05, warmup: 5 });
    const [plain, shared] = [bigram(data.vocabulary), twice(bigram(data.vocabulary))].map(
      (model) => new Trainer({ model, task: data, schedule, run: "shared" }),
    );
    for (let i = 0; i < 3; i++) expect(await shared?.trainStep()).toEqual(await plain?.trainStep());
  });

  test("a checkpoint of another run is refused and changes nothing", async () => {
    const other = trainer("another model");
    await other.trainStep();
    const mine = trainer();
    await mine.trainStep();
    const before = await mine.checkpoint();
    const foreign = await other.checkpoint();
    expect(() => mine.restore(foreign)).toThrow("checkpoint: made by another run (another model), this one is bigram");
    expect(Buffer.from(await mine.checkpoint()).equals(Buffer.from(before))).toBe(true);
  });
});
