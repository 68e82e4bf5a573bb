import { plan, type Plan } from "@attention-lab/sweep";
import { Command } from "commander";
import { chosenBackend, describeBackend, planBackend, type GlobalOptions } from "../global-options.ts";
import { loadExperiment } from "../load-experiment.ts";
import { bytes, columns, operations, printJson } from "../output.ts";
import { studyPlanText } from "../study/plan-text.ts";

type Options = GlobalOptions & { readonly json?: boolean };

/** `attn plan FILE`: every trial with its predicted cost, and which combinations are skipped and why. */
export function planCommand(): Command {
  return new Command("plan")
    .description("print all trials of an experiment, and which are skipped and why")
    .argument("<file>", "experiment or study: a .ts or .mjs module, .yaml or .json")
    .argument("[overrides...]", "KEY=VALUE,VALUE such as variant=full,performer length=512,1024")
    .option("--json", "print {trials: [{id, config, predicted}], skipped: [{config, because}]}")
    .action(async (file: string, overrides: string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const loaded = await loadExperiment(file, overrides);
      if (loaded.kind === "study") {
        const { trials, skipped } = loaded.plan;
        if (options.json === true) printJson({ trials, skipped });
        else console.log(studyPlanText(loaded.plan));
        return;
      }
      const { experiment } = loaded;
      const backend = planBackend(await chosenBackend(options));
      const planned = plan(experiment, overrides, backend);
      if (options.json === true) printJson({ trials: planned.trials, skipped: planned.skipped });
      else console.log(`${planText(planned)}\nbackend: ${describeBackend(backend)}`);
    });
}

export function planText({ experiment, trials, skipped }: Plan): string {
  const header = ["variant", "phase", "length", "operations", "live bytes", "id"];
  const rows = trials.map(({ id, config, predicted }) => [
    config.variant,
    config.phase,
    String(config.length),
    operations(predicted.flops),
    bytes(predicted.peakBytes),
    id.slice(0, 12),
  ]);
  const lines = [`${experiment.name}: ${experiment.question}`, "", columns([header, ...rows], [2, 3, 4])];
  if (skipped.length > 0) lines.push("", "skipped:", columns(skipped.map(skippedRow)));
  lines.push("", `${trials.length} trials, ${skipped.length} skipped, ${experiment.repeats} repeats each`);
  return lines.join("\n");
}

function skippedRow({ config, because }: Plan["skipped"][number]): string[] {
  return [`  ${String(config["variant"])}`, String(config["phase"]), String(config["length"]), because];
}
