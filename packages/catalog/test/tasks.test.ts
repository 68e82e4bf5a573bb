import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { strategies, strategyTable, taskFromConfig, tasks, tasksByName, taskTable } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const common = { batchSize: 2, seed: 1 };

test("lists every task under its own name, with what it asks", () => {
  expect(Object.keys(tasksByName)).toHaveLength(Object.keys(tasks).length);
  expect(taskTable().map(({ task }) => task)).toEqual(Object.keys(tasksByName));
  expect(Object.keys(tasksByName).toSorted()).toEqual([
    "associative-recall",
    "copy",
    "dates",
    "letters",
    "list-ops",
    "moby-dick",
    "moby-dick-masked",
    "phrases",
    "reverse",
    "sort",
    "state-of-the-union",
    "text-rule",
  ]);
  for (const row of taskTable()) {
    expect(row.summary.length).toBeGreaterThan(10);
    expect(row.source.length).toBeGreaterThan(5);
  }
});

test("makes every task from its name and defaults, of the kind that it states", () => {
  for (const { task, kind, defaults } of taskTable().filter(({ task }) => task !== "state-of-the-union")) {
    const made = taskFromConfig({ name: task, ...defaults }, common);
    expect([made.name, made.kind]).toEqual([task, kind]);
    expect(made.chance.score > 0 && made.chance.score <= 1 / 2).toBe(true);
  }
});

test("names and options are checked, with near misses", () => {
  expect(() => taskFromConfig({ name: "revers" }, common)).toThrow(
    /task: name must be one of .*did you mean reverse\?.*got "revers"/,
  );
  expect(() => taskFromConfig({ name: "copy", lenght: 3 }, common)).toThrow('did you mean "length"?), got "lenght"');
  expect(() => taskFromConfig("copy", common)).toThrow(
    "task: a config must be an object such as { name: 'copy' }, got \"copy\"",
  );
});

test("lists every strategy", () => {
  expect(strategyTable().map(({ strategy }) => strategy)).toEqual(["greedy", "sample", "beam"]);
  expect(Object.keys(strategies).toSorted()).toEqual(["beamSearch", "greedy", "sample"]);
});
