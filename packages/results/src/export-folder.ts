import { buildReport } from "./build-report.ts";
import { type ExportTables, costTables, studyTables } from "./export-tables.ts";
import { ResultsFolder } from "./folder.ts";
import { StudyFolder } from "./study-folder.ts";
import { buildStudyReport } from "./study-report.ts";
import { attemptFolder, attemptsOf, readMeasurements } from "./trial-files.ts";

/** Reads a folder of either kind as tables. Errors: it is no results folder. */
export async function exportTables(dir: string): Promise<ExportTables> {
  if (!StudyFolder.isStudy(dir)) return costTables(buildReport(await ResultsFolder.open(dir)));
  const folder = StudyFolder.open(dir);
  return studyTables(buildStudyReport(folder), (trial) => {
    const path = folder.trialFolder(trial);
    const attempt = attemptsOf(path).at(-1);
    return attempt === undefined ? [] : readMeasurements(attemptFolder(path, attempt));
  });
}
