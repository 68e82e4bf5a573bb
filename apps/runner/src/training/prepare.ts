import { lookup } from "@attention-lab/catalog";
import { canonicalJson } from "@attention-lab/results/store";
import { asLanguage } from "@attention-lab/tasks";
import { deriveSeed, invalid } from "@attention-lab/tensors";
import { Trainer } from "@attention-lab/training";
import { classSystem, maskedSystem } from "./encoder-systems.ts";
import { languageSystem } from "./language-system.ts";
import { optimizers } from "./optimizers.ts";
import { pairSystem } from "./pair-system.ts";
import type { Run } from "./run.ts";
import { schedules } from "./schedules.ts";
import type { System, SystemOptions } from "./system.ts";
import { kindsFor, makeTask } from "./tasks.ts";

/** Builds a run's model and task. Refusals are the variants' own sentences. */
export function makeSystem(run: Run, options: SystemOptions = {}): System {
  const task = makeTask(run.task, deriveSeed(run.seed, "task"));
  const kinds: readonly string[] = kindsFor[task.kind];
  const { kind = "" } = run.model;
  if (!kinds.includes(kind))
    throw invalid(`task ${run.task.name}`, `the model must be of kind ${kinds.join(" or ")}`, kind);
  switch (task.kind) {
    case "language":
      return languageSystem(run, task, options);
    case "classification":
      return classSystem(run, task, options);
    case "masked":
      return maskedSystem(run, task, options);
    case "sequence":
      return kind === "decoder" ? languageSystem(run, asLanguage(task), options) : pairSystem(run, task, options);
  }
}

/** The trainer of a run, at step 0. */
export function makeTrainer(run: Run, { objective }: System): Trainer {
  const { name: optimizer, ...optimizerOptions } = run.optimizer;
  const { name: schedule, ...scheduleOptions } = run.schedule;
  const span = { steps: run.steps, dModel: run.model.dModel ?? 0 };
  return new Trainer({
    objective,
    schedule: lookup("schedule", schedules, schedule).make(scheduleOptions, span),
    optimizer: lookup("optimizer", optimizers, optimizer).make(optimizerOptions),
    accumulate: run.accumulate,
    ...(run.clipNorm === null ? {} : { clipNorm: run.clipNorm }),
    run: describeRun(run),
  });
}

/** Identity of a run: equal runs have equal texts. */
export function describeRun(run: Run): string {
  return canonicalJson(run);
}
