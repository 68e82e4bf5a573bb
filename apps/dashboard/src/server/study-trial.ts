import { join } from "node:path";
import {
  type PlannedStudyTrial,
  type StudyFolder,
  attemptFile,
  attemptFolder,
  attemptsOf,
  flatParameters,
  formatBytes,
  readMeasurements,
  shortNumber,
  trialStanding,
} from "@attention-lab/results";
import { readFileSync } from "node:fs";
import { flatFacts } from "../flat-facts.ts";
import { type Facts, type TrialDetail, type TrialSeries, forPicture } from "../trials.ts";
import { logTail } from "./log-tail.ts";

export interface StudyTrialOptions {
  /** Parameters that differ between trials, told among the facts; the others are told with the configuration. */
  readonly varied?: readonly string[];
  /** Most places of a curve: more than a small picture has pixels would only make the page heavier. */
  readonly places?: number;
  /** Most lines of the log's end. */
  readonly lines?: number;
}

/** What a study's trial opens to, from the files of its newest attempt. */
export function studyTrialDetail(
  folder: StudyFolder,
  { id, config }: PlannedStudyTrial,
  { varied = [], places = 160, lines = 200 }: StudyTrialOptions = {},
): TrialDetail {
  const path = folder.trialFolder(id);
  const attempt = attemptsOf(path).at(-1);
  const standing = trialStanding(path);
  const parameters = flatParameters(config);
  const isVaried = (name: string) => varied.includes(name) || name === "seed";
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => isVaried(name) === wanted));
  const { program, versions } = config;
  const log =
    attempt === undefined ? undefined : logTail(join(attemptFolder(path, attempt), attemptFile.output), { lines });
  const where = attempt === undefined ? "" : `trials/${id}/attempts/${attempt}/${attemptFile.output}`;
  return {
    facts: [
      ["id", id],
      ["attempt", attempt === undefined ? "none yet" : String(attempt)],
      ...(standing.status === "failed" ? [["failure", standing.failure.message] as const] : []),
      ...flatFacts(pick(true)),
    ],
    groups: [
      { title: "Configuration", facts: flatFacts({ program, ...pick(false), versions }) },
      ...(attempt === undefined ? [] : [{ title: "Environment", facts: environment(attemptFolder(path, attempt)) }]),
    ],
    series: attempt === undefined ? [] : seriesOf(attemptFolder(path, attempt), places),
    // An attempt on a node that was lost may have left no more than what its supervisor wrote down.
    log: log?.lines.length ? log.lines : standing.status === "failed" ? standing.failure.lastLines : [],
    logNote:
      log === undefined || log.size === 0
        ? ""
        : `${log.isCut ? `The end of ${formatBytes(log.size)}` : "All"} of ${where}`,
  };
}

/** Where and with what an attempt ran; nothing where it was not written (yet). The moment is told by nobody: trials share the rest. */
function environment(attempt: string): Facts {
  try {
    const { at: _at, ...rest } = JSON.parse(readFileSync(join(attempt, attemptFile.environment), "utf8")) as Record<
      string,
      unknown
    >;
    return flatFacts(rest);
  } catch {
    return [["environment", "not recorded"]];
  }
}

/** What an attempt has reported so far, one curve per metric. */
function seriesOf(attempt: string, places: number): TrialSeries[] {
  const measured = readMeasurements(attempt);
  const names = [...new Set(measured.flatMap(({ values }) => Object.keys(values)))];
  return names.flatMap((name): TrialSeries[] => {
    const points = measured.flatMap(({ x, values }, i) => {
      const y = values[name];
      return y == null ? [] : [{ x: x ?? i, y }];
    });
    const step = Math.max(1, Math.ceil(points.length / places));
    const kept = points.filter((_, i) => i % step === 0 || i === points.length - 1);
    const [first, last] = [kept[0], kept.at(-1)];
    if (!first || !last || kept.length < 2) return [];
    const note = `from ${shortNumber(first.y)} at ${shortNumber(first.x)} to ${shortNumber(last.y)} at ${shortNumber(last.x)}`;
    return [{ name, x: kept.map(({ x }) => x), y: kept.map(({ y }) => forPicture(y)), note, as: "line" }];
  });
}
