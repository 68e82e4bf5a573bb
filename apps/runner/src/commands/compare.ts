import {
  ResultsFolder,
  StudyFolder,
  TrialConfig,
  buildReport,
  buildStudyReport,
  compareReports,
  compareStudies,
  comparisonHeadline,
  comparisonNotes,
  comparisonTable,
  type Comparison,
} from "@attention-lab/results";
import { unknownName } from "@attention-lab/catalog";
import { invalid } from "@attention-lab/tensors";
import { Command } from "commander";
import { codes } from "../exit.ts";
import { amount } from "../numbers.ts";
import { columns, printJson } from "../output.ts";

interface Options {
  readonly tolerance: number;
  readonly across: readonly (keyof TrialConfig)[];
  readonly metric: Readonly<Record<string, "more" | "less">>;
  readonly json?: boolean;
}

/** `attn compare A B`: the same trials in two folders; exit code 1 when B is worse. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("compare the same trials of two folders; exit code 1 when the second is worse")
    .argument("<a>", "the folder to compare with")
    .argument("<b>", "the folder that may have got worse")
    .option("--tolerance <share>", "differences below this share are none", amount("tolerance", { zero: true }), 0.05)
    .option("--across <settings>", "settings in which compared trials may differ, such as engine,threads", settings, [])
    .option("--metric <names>", "metrics of a study to judge: loss (less is better), accuracy:higher", metrics, {})
    .option("--json", "print {names, tolerance, curves: [{label, figure, points, ratio, verdict}], regressed}")
    .action(async (a: string, b: string, options: Options) => {
      const comparison = await compared(a, b, options);
      if (options.json === true) printJson(comparison);
      else tell(comparison);
      if (comparison.regressed) process.exitCode = codes.failure;
    });
}

async function compared(a: string, b: string, { tolerance, across, metric }: Options): Promise<Comparison> {
  const studies = [a, b].filter((dir) => StudyFolder.isStudy(dir));
  if (studies.length === 1)
    throw new RangeError(`compare: both folders must be of one kind, got a study in ${studies[0]} alone`);
  if (studies.length === 2) {
    const [first, second] = [a, b].map((dir) => buildStudyReport(StudyFolder.open(dir), { curves: false }));
    if (first && second) return compareStudies(first, second, { tolerance, worse: metric });
  }
  const [first, second] = [await ResultsFolder.open(a), await ResultsFolder.open(b)];
  const measured = { fits: false } as const;
  return compareReports(buildReport(first, measured), buildReport(second, measured), { tolerance, across });
}

function tell(comparison: Comparison): void {
  const { head, rows } = comparisonTable(comparison);
  console.log(comparisonHeadline(comparison));
  console.log(`\n${columns([head, ...rows], [2, 3])}\n`);
  for (const line of comparisonNotes(comparison)) console.log(line);
}

function settings(text: string): (keyof TrialConfig)[] {
  const known = TrialConfig.keyof().options;
  return text.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw unknownName("--across", "setting", known, name);
    return found;
  });
}

/** "loss,accuracy:higher" to what is bad for each. */
function metrics(text: string): Record<string, "more" | "less"> {
  return Object.fromEntries(
    text.split(",").map((word) => {
      const [name = "", better = "lower"] = word.split(":");
      if (better !== "lower" && better !== "higher")
        throw invalid("--metric", "must say lower or higher after the colon", word);
      return [name, better === "lower" ? "more" : "less"];
    }),
  );
}
