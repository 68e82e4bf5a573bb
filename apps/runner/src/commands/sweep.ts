import { ResultsFolder } from "@attention-lab/results";
import { experimentRecord, plan, run, trialLabel, type Plan, type Summary } from "@attention-lab/sweep";
import { Command, Option } from "commander";
import { currentCommit } from "../commit.ts";
import { codes } from "../exit.ts";
import { chosenBackend, describeBackend, planBackend } from "../global-options.ts";
import { loadExperiment } from "../load-experiment.ts";
import { duration, printJson } from "../output.ts";
import { ProgressLine } from "../progress-line.ts";
import { addLaunchOptions, refuseCluster } from "../study/launch-options.ts";
import { sweepStudy, type SweepStudyOptions } from "../study/sweep-study.ts";

type Options = SweepStudyOptions & { readonly mixed?: boolean; readonly retry?: "failed" };

/** `attn sweep FILE --out DIR`: measures what DIR lacks of the experiment. */
export function sweepCommand(): Command {
  const command = new Command("sweep")
    .description("measure an experiment into a folder; killed and run again, it goes on where it was")
    .argument("<file>", "experiment or study: a .ts or .mjs module, .yaml or .json")
    .argument("[overrides...]", "KEY=VALUE,VALUE such as variant=full,performer length=512,1024")
    .requiredOption("--out <dir>", "results folder: a new one, or one of the same experiment")
    .option("--mixed", "go on in a folder that was begun on another class of machine")
    .addOption(new Option("--retry <which>", "run those trials again").choices(["failed"]))
    .option("--retry-failed", "the same as --retry failed")
    .option("--tensorboard", "studies: keep event files in DIR/tensorboard, for tensorboard --logdir DIR")
    .option("--json", "print {folder, done, failed, total, skipped, seconds}");
  return addLaunchOptions(command).action(async (file: string, overrides: string[], _: unknown, own: Command) => {
    await sweep(file, overrides, withRetry(own.optsWithGlobals<Options>()));
  });
}

function withRetry<T extends Options>(options: T): T {
  return options.retry === "failed" ? { ...options, retryFailed: true } : options;
}

async function sweep(file: string, overrides: readonly string[], options: Options): Promise<void> {
  const begun = performance.now();
  const loaded = await loadExperiment(file, overrides);
  if (loaded.kind === "study") return sweepStudy(loaded.plan, options);
  refuseCluster(options);
  if (options.tensorboard === true) {
    throw new RangeError("--tensorboard: a cost experiment has no training curves, only a study can be mirrored");
  }
  const { experiment } = loaded;
  const report = await chosenBackend(options);
  const backend = planBackend(report);
  const planned = plan(experiment, overrides, backend);
  const record = experimentRecord(planned, currentCommit());
  const folder = await ResultsFolder.open(options.out, { create: record, mixed: options.mixed ?? false });
  const line = new ProgressLine(process.stderr);
  line.note(
    `${experiment.name}: ${planned.trials.length} trials, ${planned.skipped.length} skipped, on ${describeBackend(backend)}`,
  );
  const summary = await untilInterrupted((signal) =>
    run(planned, folder, {
      backend: report.name,
      threads: backend.threads,
      retryFailed: options.retryFailed ?? false,
      signal,
      onProgress: (progress) => line.show(progress),
      onFailure: (trial, { status, message }) => line.note(`${trialLabel(trial)}: ${status}, ${message}`),
    }).finally(() => line.clear()),
  );
  tell(planned, summary, options, (performance.now() - begun) / 1000);
}

/** Ctrl-C and a supervisor's SIGTERM stop the work; what was measured is in the log already. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    process.exitCode = codes.interrupted;
    controller.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function tell({ skipped }: Plan, summary: Summary, { out, json }: Options, seconds: number): void {
  if (json === true) {
    printJson({ folder: out, ...summary, skipped: skipped.length, seconds });
    return;
  }
  const failures = summary.failed === 0 ? "" : `, ${summary.failed} failed`;
  console.log(
    `${summary.done} of ${summary.total} trials done${failures} in ${duration(seconds)}; see them with: attn report ${out}`,
  );
}
