import { buildReport } from "./build-report.ts";
import { type ExportTables, costTables, studyTables } from "./export-tables.ts";
import { ResultsFolder } from "./folder.ts";
import { StudyFolder } from "./study-folder.ts";
import { flatParameters } from "./parameter-words.ts";
import { type StudyTrial, buildStudyReport } from "./study-report.ts";
import { attemptFolder, attemptsOf, readMeasurements } from "./trial-files.ts";

/** Reads a folder of either kind as tables. Errors: it is no results folder. */
export async function exportTables(dir: string): Promise<ExportTables> {
  if (!StudyFolder.isStudy(dir)) return costTables(buildReport(await ResultsFolder.open(dir), { fits: false }));
  const folder = StudyFolder.open(dir);
  const report = buildStudyReport(folder, { curves: false });
  const configs = new Map(folder.trials().map(({ id, config }) => [id, flatParameters(config)]));
  const measured = ({ id, status, attempt }: StudyTrial) => {
    const path = folder.trialFolder(id);
    // Of a finished trial, the attempt that the result came from: a later one may have been under way when it finished.
    const number = status === "ok" ? attempt : attemptsOf(path).at(-1);
    return number === undefined ? [] : readMeasurements(attemptFolder(path, number));
  };
  return studyTables(report, { measured, config: ({ id }) => configs.get(id) ?? {} });
}
