import { join } from "node:path";
import { studyFolderPage } from "@attention-lab/dashboard/server";
import {
  buildStudyReport,
  drawStudyFigures,
  png,
  StudyFolder,
  studyMarkdown,
  studyTerminalTable,
  writeAtomically,
} from "@attention-lab/results";
import { printJson, wantsColour } from "../output.ts";
import { supportOf } from "../support-of.ts";

/** `attn report` of a study: the table in the terminal; page, Markdown and pictures into the folder. */
export function reportStudy(dir: string, { json, write }: { readonly json?: boolean; readonly write: boolean }): void {
  const report = buildStudyReport(StudyFolder.open(dir));
  const figures = write ? drawStudyFigures(report) : [];
  const files: [name: string, content: string | Uint8Array][] = [];
  if (write)
    files.push(["index.html", studyFolderPage(dir, { support: supportOf })], ["report.md", studyMarkdown(report)]);
  for (const { name, svg } of figures) files.push([`${name}.svg`, svg], [`${name}.png`, png(svg)]);
  for (const [name, content] of files) writeAtomically(join(dir, name), content, "report");
  if (json === true) {
    printJson(report);
    return;
  }
  console.log(studyTerminalTable(report, { color: wantsColour(process.stdout) }));
  if (write)
    console.log(
      `\nwritten: ${join(dir, "index.html")}, ${join(dir, "report.md")} and ${figures.length} pictures (.svg, .png)`,
    );
}
