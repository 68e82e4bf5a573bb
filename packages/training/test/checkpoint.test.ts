import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "@attention-lab/tensors";
import { languageModelling, readCheckpointInfo, readParameters, sgd } from "@attention-lab/training";
import { bigram, whales, whaleTrainer } from "./tiny.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(Buffer.from(b));

test.each([
  ["AdamW", {}],
  ["SGD with momentum, two batches a step", { optimizer: sgd({ momentum: 0.9 }), accumulate: 2 }],
])("%s: a resumed run equals an unbroken one bit for bit", async (_, options) => {
  const unbroken = whaleTrainer(options);
  for (let i = 0; i < 6; i++) await unbroken.trainStep();
  const bytes = await unbroken.checkpoint();
  const resumed = whaleTrainer(options);
  expect(resumed.restore(bytes)).toEqual({ step: 6, run: "bigram", progress: {} });
  expect(resumed.step).toBe(6);
  for (let i = 0; i < 4; i++) expect(await resumed.trainStep()).toEqual(await unbroken.trainStep());
  expect(equal(await resumed.checkpoint(), await unbroken.checkpoint())).toBe(true);
});

test("what early stopping remembers comes back exactly", async () => {
  const progress = { best: { step: 3, loss: 0.1 + 0.2 } };
  expect(readCheckpointInfo(await whaleTrainer().checkpoint(progress)).progress).toEqual(progress);
});

test("the parameters alone can be read into a model, without its optimiser", async () => {
  const trainer = whaleTrainer();
  await trainer.trainStep();
  const bytes = await trainer.checkpoint();
  const model = bigram(whales().vocabulary);
  const before = memory().numTensors;
  expect(readParameters(bytes, model.parameters()).step).toBe(1);
  expect(memory().numTensors).toBe(before);
  const stored = readSafetensors(bytes).get("table");
  expect([...(await model.weights.table.data())]).toEqual([...(stored?.values ?? [])]);
});

test("a checkpoint of another run is refused by the value that differs, and changes nothing", async () => {
  const run = (layers: number) => JSON.stringify({ model: { layers }, steps: 5 });
  const other = whaleTrainer({ run: run(4) });
  await other.trainStep();
  const mine = whaleTrainer({ run: run(2) });
  await mine.trainStep();
  const before = await mine.checkpoint();
  const foreign = await other.checkpoint();
  expect(() => mine.restore(foreign)).toThrow("checkpoint: made by another run (model.layers is 4 there and 2 here)");
  expect(equal(await mine.checkpoint(), before)).toBe(true);
});

test("a checkpoint of another model is refused by the tensor that differs, and changes nothing", async () => {
  const bytes = await whaleTrainer().checkpoint();
  const model = bigram(7);
  const before = [...(await model.weights.table.data())];
  expect(() => readParameters(bytes, model.parameters())).toThrow(
    /tensor "table" must have shape \[7,6\], got \[13,6\]/,
  );
  expect(() => readParameters(bytes, { head: model.weights.head })).toThrow('this one has no tensor "table"');
  expect(() => readParameters(bytes, { ...bigram(13).parameters(), more: model.weights.head })).toThrow(
    'its tensor "more" is missing',
  );
  expect([...(await model.weights.table.data())]).toEqual(before);
});

test("a file that is cut short anywhere is refused in a sentence", async () => {
  const bytes = await whaleTrainer().checkpoint();
  for (const share of [0, 0.001, 0.3, 0.7, 0.999]) {
    const cut = bytes.subarray(0, Math.floor(bytes.length * share));
    expect(() => whaleTrainer().restore(cut)).toThrow(/^checkpoint: the file is cut short or damaged \(safetensors: /);
  }
});

test("a safetensors file of something else is refused", () => {
  const bytes = writeSafetensors([["w", { dtype: "F32", shape: [1], values: new Float32Array(1) }]]);
  expect(() => readCheckpointInfo(bytes)).toThrow("this safetensors file is not a checkpoint of Attention Lab");
});

test("the optimiser belongs to the run", async () => {
  const task = whales();
  const objective = languageModelling(bigram(task.vocabulary), task);
  const bytes = await whaleTrainer({ objective }).checkpoint();
  const other = whaleTrainer({ objective, optimizer: sgd({ momentum: 0.9 }) });
  expect(() => other.restore(bytes)).toThrow(/no tensor "optimizer\.m\./);
});
