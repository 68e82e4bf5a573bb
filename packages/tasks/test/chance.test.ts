import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import {
  associativeRecall,
  copy,
  dates,
  letters,
  listOps,
  phraseTranslation,
  sort,
  textRule,
  textTask,
  type ClassBatch,
  type SequenceToSequence,
  type Task,
} from "../src/index.ts";
import { type Draws, draws } from "../src/draws.ts";
import { rows } from "./examples.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** Mean score of a guesser over many batches, and how far it may lie from its expectation: five standard errors of a share. */
async function guessed(task: Task, steps: number, guess: (target: readonly number[], choose: Draws) => number[]) {
  const choose = draws(99);
  let total = 0;
  let asked = 0;
  for (let step = 0; step < steps; step++) {
    const { targets } = await rows(task.batch(step) as ClassBatch);
    total += task.score(
      targets.map((row) => guess(row, choose)),
      targets,
    );
    asked += task.measure === "exact match" ? targets.length : targets.flat().filter((id) => id >= 0).length;
  }
  const { score } = task.chance;
  return { score: total / steps, tolerance: 5 * Math.sqrt((score * (1 - score)) / asked) };
}

const among =
  (count: number, from = 0) =>
  (row: readonly number[], choose: Draws) =>
    row.map(() => from + choose.below(count));

test.each<[string, Task, (row: readonly number[], choose: Draws) => number[]]>([
  ["letters", letters({ batchSize: 50, seed: 1 }), among(2)],
  ["associative-recall", associativeRecall({ batchSize: 50, seed: 1, vocabulary: 32 }), among(16, 16)],
  ["list-ops", listOps({ batchSize: 50, seed: 1 }), among(10)],
  ["text-rule", textRule({ batchSize: 50, seed: 1, classes: 3 }), among(3)],
  [
    "text",
    textTask({ name: "t", text: "abcd".repeat(99), vocabulary: "character", length: 9, batchSize: 20, seed: 1 }),
    among(4),
  ],
])("%s: a guesser scores what is stated", async (_, task, guess) => {
  const { score, tolerance } = await guessed(task, 60, guess);
  expect(Math.abs(score - task.chance.score)).toBeLessThan(tolerance);
  expect(tolerance).toBeLessThan(task.chance.score / 2);
});

/** A guess in symbols, with the end where the target has it. */
const answer = (symbols: number[], { end }: SequenceToSequence) => [...symbols, end];

test.each([copy, sort])("rearrangements: as many random letters as there are, $task", async (make) => {
  const task = make({ batchSize: 50, seed: 1, symbols: 2, shortest: 2, length: 4 });
  expect(task.chance.score).toBe((1 / 4 + 1 / 8 + 1 / 16) / 3);
  const { score, tolerance } = await guessed(task, 80, (row, choose) =>
    answer(
      Array.from({ length: row.indexOf(task.end) }, () => 3 + choose.below(2)),
      task,
    ),
  );
  expect(Math.abs(score - task.chance.score)).toBeLessThan(tolerance);
});

test("dates: a random day of the years", async () => {
  const task = dates({ batchSize: 100, seed: 1, firstYear: 2020, lastYear: 2020, locales: "en de fr ar" });
  expect(task.chance.score).toBe(1 / 366);
  const { score, tolerance } = await guessed(task, 80, (_, choose) => {
    const day = new Date(Date.UTC(2020, 0, 1 + choose.below(366))).toISOString().slice(0, 10);
    return answer(
      Array.from(day, (sign) => 3 + (sign === "-" ? 10 : Number(sign))),
      task,
    );
  });
  expect(Math.abs(score - task.chance.score)).toBeLessThan(tolerance);
  expect(score).toBeGreaterThan(0);
  expect(dates({ batchSize: 1, seed: 1 }).chance.score).toBe(1 / 73_049);
});

test("phrases: a random sentence of the grammar", async () => {
  const task = phraseTranslation({ batchSize: 100, seed: 1 });
  const known = new Map<string, readonly number[]>();
  for (let index = 0; index < 20_000; index++) {
    const { target } = task.example(index % 2 === 0 ? "training" : "validation", index);
    known.set(target.join(), target);
  }
  const all = [...known.values()];
  expect(all).toHaveLength(690);
  expect(task.chance.score).toBe(1 / 690);
  const { score, tolerance } = await guessed(task, 100, (_, choose) => answer([...choose.pick(all)], task));
  expect(Math.abs(score - task.chance.score)).toBeLessThan(tolerance);
});
