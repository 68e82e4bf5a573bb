import { countLeaksAsync } from "@attention-lab/tensors";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import * as all from "../src/index.ts";
import {
  asLanguage,
  type CommonOptions,
  type SequenceBatch,
  type SequenceToSequence,
  type Task,
} from "../src/index.ts";
import { printed, rows } from "./examples.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const common = { batchSize: 5, seed: 3, validationBatches: 4 };
type Make = (options: CommonOptions) => Task;
const tasks: [string, Make, { readonly disjoint: boolean }][] = [
  ["letters", all.letters, { disjoint: false }],
  ["copy", all.copy, { disjoint: true }],
  ["reverse", all.reverse, { disjoint: true }],
  ["sort", all.sort, { disjoint: true }],
  ["associative-recall", all.associativeRecall, { disjoint: true }],
  ["list-ops", all.listOps, { disjoint: true }],
  ["text-rule", all.textRule, { disjoint: true }],
  ["dates", all.dates, { disjoint: true }],
  ["phrases", all.phraseTranslation, { disjoint: true }],
  ["copy-language", (options) => asLanguage(all.copy(options)), { disjoint: true }],
  ["dates-language", (options) => asLanguage(all.dates(options)), { disjoint: true }],
  ["moby-dick", (options) => all.mobyDickText({ ...options, length: 64 }), { disjoint: false }],
  ["moby-dick-masked", (options) => all.mobyDickMasked({ ...options, length: 64 }), { disjoint: false }],
  [
    "state-of-the-union",
    (options) => all.stateOfTheUnionText({ ...options, from: 1981, to: 1984 }),
    { disjoint: false },
  ],
];

describe.each(tasks)("%s", (name, make) => {
  const task = make(common);

  test("has its name, and its batches depend on seed, split and step alone", async () => {
    expect(task.name).toBe(name);
    const again = make(common);
    expect(await printed(again, again.batch(7))).toBe(await printed(task, task.batch(7)));
    expect(await printed(task, task.batch(8))).not.toBe(await printed(task, task.batch(7)));
    const other = make({ ...common, seed: 4 });
    expect(await printed(other, other.batch(7))).not.toBe(await printed(task, task.batch(7)));
    expect(await printed(task, task.validationBatch(0))).toBe(await printed(task, task.validationBatch(0)));
    expect(await printed(task, task.validationBatch(0))).not.toBe(await printed(task, task.batch(0)));
  });

  test("ids are of the vocabulary, targets too or -1, and every row asks something", async () => {
    for (const batch of [task.batch(0), task.batch(1), task.validationBatch(task.validationBatches - 1)]) {
      const { inputs, targets } = await rows(batch as SequenceBatch);
      expect(inputs).toHaveLength(5);
      const classes = task.kind === "classification" ? task.classes : task.vocabulary;
      for (const id of inputs.flat()) expect(id >= 0 && id < task.vocabulary).toBe(true);
      for (const id of targets.flat()) expect(id >= -1 && id < classes).toBe(true);
      for (const row of targets) expect(row.some((id) => id >= 0)).toBe(true);
    }
  });

  test("scores right answers 1 and wrong ones 0", async () => {
    const { targets } = await rows(task.validationBatch(1) as SequenceBatch);
    expect(task.score(targets, targets)).toBe(1);
    const wrong = targets.map((row) => row.map((id) => id + 1));
    expect(task.score(wrong, targets)).toBe(0);
    const [first = [], ...rest] = targets;
    const oneRowWrong = task.score([first.map((id) => id + 1), ...rest], targets);
    if (task.measure === "exact match") expect(oneRowWrong).toBeCloseTo(0.8, 12);
    else expect(oneRowWrong > 0 && oneRowWrong < 1).toBe(true);
  });

  test("leaks nothing and refuses a held-out batch that does not exist", async () => {
    expect(await countLeaksAsync(async () => rows(task.batch(2)))).toBe(0);
    expect(() => task.validationBatch(task.validationBatches)).toThrow("validationBatch: index must be from 0 to");
  });
});

describe.each(tasks.filter(([, , { disjoint }]) => disjoint))("%s", (_, make) => {
  test("shares no input between training and validation", async () => {
    const inputsOf = async (batch: object) => {
      const { inputs, sources } = await rows(batch as SequenceBatch);
      return (sources ?? inputs).map((row) => row.join());
    };
    const small = make({ ...common, validationBatches: 20 });
    const held = new Set<string>();
    for (let index = 0; index < 20; index++)
      for (const row of await inputsOf(small.validationBatch(index))) held.add(row);
    for (let step = 0; step < 60; step++)
      for (const row of await inputsOf(small.batch(step))) expect(held.has(row)).toBe(false);
  });
});

test("examples stay what they are, in this version and the next", () => {
  const first = (task: SequenceToSequence) => {
    const { source, target } = task.example("training", 0);
    return `${task.decodeSource(source)} -> ${task.decode(target)}`;
  };
  expect(first(all.copy(common))).toBe("abhehac -> abhehac");
  expect(first(all.sort(common))).toBe("eicjhfgcd -> ccdefghij");
  expect(first(all.phraseTranslation(common))).toBe("we are sad -> nous sommes tristes");
  expect(first(all.dates({ ...common, locales: "en fr" }))).toBe("fr lundi 3 mars 2008 -> 2008-03-03");
});
