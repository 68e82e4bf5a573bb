import { lookup, tasks } from "@attention-lab/catalog";
import type { Task, TaskDefinition } from "@attention-lab/tasks";
import type { Named } from "./run.ts";
import { textFile } from "./text-file.ts";

/** What a task asks of a model: the next token, a hidden one, a class, or another sequence. */
export type TaskKind = Task["kind"];

/** Which models can learn a task of a kind; the first does unless another is asked for. */
export const kindsFor = {
  language: ["decoder"],
  masked: ["encoder"],
  classification: ["encoder"],
  sequence: ["encoder-decoder", "recurrent", "decoder"],
} as const satisfies Record<TaskKind, readonly string[]>;

const usualBatch = 8;

const definitions: Readonly<Record<string, TaskDefinition>> = Object.fromEntries(
  [...Object.values(tasks), textFile].map((entry) => [entry.task, entry as unknown as TaskDefinition]),
);

/** The task with every option; a RangeError names the near miss of its name. What options may be, the task itself says when it is made. */
export function taskDefaults({ name, ...options }: Named): Named {
  return { name, batchSize: usualBatch, ...lookup("task", definitions, name).defaults, ...options };
}

export function taskKind({ name }: Named): TaskKind {
  return lookup("task", definitions, name).kind;
}

/** Builds the task of a run. */
export function makeTask({ name, ...options }: Named, seed: number): Task {
  return lookup("task", definitions, name)({ batchSize: usualBatch, ...options, seed });
}
