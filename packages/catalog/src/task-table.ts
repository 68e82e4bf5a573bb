import type { CommonOptions, Defaults, Task, TaskDefinition } from "@attention-lab/tasks";
import { invalid } from "@attention-lab/tensors";
import { lookup } from "./lookup.ts";
import * as entries from "./tasks.ts";

/** Every task by its name; the options' types are forgotten, as each task checks what it gets. */
export const tasksByName: Readonly<Record<string, TaskDefinition>> = Object.fromEntries(
  Object.values(entries).map((entry) => [entry.task, entry as unknown as TaskDefinition]),
);

/** One task's row of the list. */
export interface TaskRow {
  readonly task: string;
  readonly kind: Task["kind"];
  readonly summary: string;
  readonly source: string;
  readonly defaults: Defaults;
}

/** What every task of the catalogue asks, as plain data; `attn list` prints it. */
export function taskTable(): TaskRow[] {
  return Object.values(tasksByName).map(({ task, kind, summary, source, defaults }) => ({
    task,
    kind,
    summary,
    source,
    defaults,
  }));
}

/**
 * The task that a config names, with its options: `taskFromConfig({ name: "copy", length: 20 }, { batchSize: 8, seed: 1 })`.
 *
 * @throws RangeError that says in one sentence what is wrong with the config.
 */
export function taskFromConfig(config: unknown, common: CommonOptions): Task {
  if (typeof config !== "object" || config === null) {
    throw invalid("task", "a config must be an object such as { name: 'copy' }", config);
  }
  const { name, ...options } = config as { readonly name?: unknown };
  return lookup("task", tasksByName, name)({ ...options, ...common });
}
