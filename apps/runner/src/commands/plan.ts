import { type Experiment, places, plan, type StudyPlan } from "@attention-lab/sweep";
import { Command } from "commander";
import { calibratedFor, calibratedHere, startedSeconds } from "../calibrated.ts";
import { experimentPlanText, predictedExperiment } from "../experiment-plan.ts";
import { chosenBackend, describeBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { loadExperiment } from "../load-experiment.ts";
import { whole } from "../numbers.ts";
import { printJson } from "../output.ts";
import { studyPlanText } from "../study/plan-text.ts";
import { predictions } from "../study/predictions.ts";

type Options = GlobalOptions & {
  readonly json?: boolean;
  readonly processes?: number;
  readonly startSeconds: number;
};

/** `attn plan FILE`: every trial with its predicted time and memory, and which combinations are skipped and why. */
export function planCommand(): Command {
  return new Command("plan")
    .description("print all trials with their predicted time and memory, and which are skipped and why")
    .argument("<file>", "experiment or study: a .ts or .mjs module, .yaml or .json")
    .argument("[overrides...]", "KEY=VALUE,VALUE such as variant=full,performer length=512,1024")
    .option("--processes <n>", "studies: trials at the same time (default: what a sweep takes)", whole("processes", 1))
    .option("--json", "print {trials: [{id, config, predicted}], skipped: [{config, because}], predictedSeconds}")
    .action(async (file: string, overrides: string[], _: unknown, command: Command) => {
      const options = { ...command.optsWithGlobals<Omit<Options, "startSeconds">>(), startSeconds: startedSeconds() };
      const loaded = await loadExperiment(file, overrides);
      if (loaded.kind === "study") await tellStudy(loaded.plan, options);
      else await tellExperiment(loaded.experiment, overrides, options);
    });
}

async function tellStudy(planned: StudyPlan, { processes, json, ...options }: Options): Promise<void> {
  const { bytes } = planned.study.limits;
  const taken = places({
    ...(processes === undefined ? {} : { processes }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(bytes === undefined ? {} : { bytes }),
  });
  const threads = taken[0]?.threads ?? 1;
  const speed = await calibratedFor(planned, { ...options, threads }, options.startSeconds);
  const predicted = "unknown" in speed ? speed : predictions(planned, speed.calibration, taken.length);
  if (json !== true) {
    console.log(studyPlanText(planned, predicted, taken.length));
    return;
  }
  const of = (id: string) => ("unknown" in predicted ? undefined : predicted.trials.get(id)) ?? null;
  const trials = planned.trials.map((trial) => ({ ...trial, predicted: of(trial.id) }));
  const seconds = "unknown" in predicted ? undefined : predicted.seconds;
  printJson({ trials, skipped: planned.skipped, predictedSeconds: seconds ?? null });
}

async function tellExperiment(experiment: Experiment, overrides: readonly string[], options: Options): Promise<void> {
  const report = await chosenBackend(options);
  const backend = planBackend(report);
  const planned = plan(experiment, overrides, backend);
  const speed = await calibratedHere(report.name, options.startSeconds);
  const predicted = predictedExperiment(planned, speed);
  if (options.json === true) {
    const trials = planned.trials.map((trial) => {
      const { seconds, residentBytes } = predicted.trials.get(trial.id) ?? { seconds: null, residentBytes: null };
      return { ...trial, predicted: { ...trial.predicted, seconds, residentBytes } };
    });
    printJson({ trials, skipped: planned.skipped, predictedSeconds: predicted.seconds ?? null });
  } else console.log(`${experimentPlanText(planned, predicted)}\nbackend: ${describeBackend(backend)}`);
}
