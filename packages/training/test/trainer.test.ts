import { type Variable, memory, setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type TokenModel, Trainer, languageModelling, sgd, warmupConstant } from "@attention-lab/training";
import { bigram, rowsTask, whales, whaleTrainer } from "./tiny.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("Trainer", () => {
  test("learns, and a step leaks nothing", async () => {
    const training = whaleTrainer();
    const first = (await training.trainStep()).loss;
    const before = memory().numTensors;
    let last = first;
    for (let i = 0; i < 60; i++) last = (await training.trainStep()).loss;
    expect(memory().numTensors).toBe(before);
    expect(last).toBeLessThan(first * 0.6);
    const { loss, bitsPerByte, perplexity, accuracy } = await training.evaluate();
    expect(memory().numTensors).toBe(before);
    expect(bitsPerByte).toBeCloseTo(loss / Math.LN2, 5); // ASCII: one byte a character
    expect(perplexity).toBeCloseTo(Math.exp(loss), 5);
    expect(accuracy).toBeGreaterThan(0.4);
  });

  test("a variable that two names share is trained once", async () => {
    const task = whales();
    const twice = (model: TokenModel): TokenModel => ({
      ...model,
      parameters: () => ({ ...model.parameters(), alias: model.parameters()["head"] as Variable }),
    });
    const [plain, shared] = [bigram(task.vocabulary), twice(bigram(task.vocabulary))].map((model) =>
      whaleTrainer({ objective: languageModelling(model, task) }),
    );
    for (let i = 0; i < 3; i++) expect(await shared?.trainStep()).toEqual(await plain?.trainStep());
  });

  test("a loss that is not a number names its step, changes nothing and leaks nothing", async () => {
    const task = whales();
    const model = bigram(task.vocabulary);
    const training = whaleTrainer({ objective: languageModelling(model, task) });
    await training.trainStep();
    await training.trainStep();
    const head = model.weights.head.clone();
    const broken = tensor2d(new Float32Array(head.size).fill(Number.NaN), head.shape as [number, number]);
    model.weights.head.assign(broken);
    const table = [...(await model.weights.table.data())];
    const before = memory().numTensors;
    await expect(training.trainStep()).rejects.toThrow("training: the loss of step 3 is NaN: lower the learning rate");
    expect(memory().numTensors).toBe(before);
    expect(training.step).toBe(2);
    expect([...(await model.weights.table.data())]).toEqual(table);
    await expect(training.checkpoint()).rejects.toThrow('checkpoint: "head" must be finite after step 2');
    model.weights.head.assign(head);
    expect((await training.trainStep()).step).toBe(3);
  });
});

describe("accumulation", () => {
  const inputs = [
    [0, 1, 2],
    [3, 4, 0],
    [1, 1, 2],
    [4, 2, 3],
  ];
  const targets = [
    [1, 2, 0],
    [4, -1, -1],
    [2, -1, 3],
    [0, 1, 2],
  ]; // 3, 1, 2 and 3 counted: batches of unequal weight
  const train = async (rowsPerBatch: number, accumulate: number) => {
    const model = bigram(5);
    const trainer = new Trainer({
      objective: languageModelling(model, rowsTask(inputs, targets, rowsPerBatch)),
      schedule: warmupConstant({ base: 0.5, warmup: 0 }),
      optimizer: sgd({ momentum: 0.9 }),
      accumulate,
      run: "rows",
    });
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) losses.push((await trainer.trainStep()).loss);
    return [...losses, ...(await model.weights.table.data()), ...(await model.weights.head.data())];
  };

  test.each([
    [1, 4],
    [2, 2],
  ])("batches of %i row, %i at a time, equal the large batch to rounding", async (rowsPerBatch, accumulate) => {
    const [small, large] = [await train(rowsPerBatch, accumulate), await train(4, 1)];
    for (const [i, value] of small.entries()) expect(value).toBeCloseTo(large[i] as number, 5);
    const before = memory().numTensors;
    await train(rowsPerBatch, accumulate);
    expect(memory().numTensors - before).toBe(4); // two weights and their velocities
  });

  test("none at a time is refused", () => {
    expect(() => whaleTrainer({ accumulate: 0 })).toThrow("training: accumulate must be a positive integer, got 0");
  });
});
