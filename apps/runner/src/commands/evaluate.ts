import { Command } from "commander";
import type { Scores } from "@attention-lab/training";
import { chosenBackend, type GlobalOptions } from "../global-options.ts";
import { whole, wholeList } from "../numbers.ts";
import { columns, printJson } from "../output.ts";
import { openCheckpoint } from "../training/open-checkpoint.ts";

interface Options extends GlobalOptions {
  readonly length?: readonly number[];
  readonly batches?: number;
  readonly json?: boolean;
}
type Row = Scores & { readonly length?: number; readonly bleu?: number };

/** `attn evaluate`: scores on held-out data, at the length of training or at others. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("score a trained model on data that it never saw")
    .argument("<checkpoint>", "a checkpoint, or the folder of a training run")
    .option(
      "--length <list>",
      "lengths to score at, such as 128,512,1024 (default: that of training)",
      wholeList("length", 1),
    )
    .option("--batches <n>", "most batches at each length (default: all)", whole("batches", 1))
    .option("--json", "print {checkpoint, step, task, scores: [{length, loss, perplexity, accuracy, ...}]}")
    .action(async (path: string, _: unknown, command: Command) => {
      await evaluate(path, command.optsWithGlobals<Options>());
    });
}

async function evaluate(path: string, options: Options): Promise<void> {
  const checkpoint = openCheckpoint(path);
  await chosenBackend(options);
  const { task } = checkpoint.run;
  const rows: Row[] = [];
  if (options.length !== undefined && task["length"] === undefined) {
    throw new RangeError(`task ${task.name}: has no length to change, got --length`);
  }
  for (const length of options.length ?? [task["length"]]) {
    const changed = length === undefined ? {} : { length };
    const system = checkpoint.build({}, (run) => ({ ...run, task: { ...run.task, ...changed } }));
    const scores = await system.objective.evaluate(options.batches === undefined ? {} : { batches: options.batches });
    const bleu = await system.bleu?.(options.batches);
    rows.push({ ...(changed as { length?: number }), ...scores, ...(bleu === undefined ? {} : { bleu }) });
  }
  if (options.json === true) {
    printJson({ checkpoint: checkpoint.file, step: checkpoint.step, task: task.name, scores: rows });
    return;
  }
  console.log(`${task.name}, step ${checkpoint.step}\n${table(rows)}`);
}

function table(rows: readonly Row[]): string {
  const titles: readonly (readonly [keyof Row, string, number])[] = [
    ["length", "length", 0],
    ["loss", "nats", 3],
    ["perplexity", "perplexity", 2],
    ["bitsPerByte", "bits per byte", 3],
    ["accuracy", "tokens right", 3],
    ["exactMatch", "sequences right", 3],
    ["bleu", "BLEU", 3],
  ];
  const shown = titles.filter(([key]) => rows.some((row) => row[key] !== undefined));
  const cells = rows.map((row) => shown.map(([key, , digits]) => row[key]?.toFixed(digits) ?? ""));
  return columns(
    [shown.map(([, title]) => title), ...cells],
    shown.map((_, i) => i),
  );
}
