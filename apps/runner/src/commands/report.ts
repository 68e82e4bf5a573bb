import { join } from "node:path";
import { renderPage } from "@attention-lab/dashboard";
import {
  buildReport,
  drawFigures,
  markdownTable,
  png,
  ResultsFolder,
  StudyFolder,
  terminalTable,
  type Report,
  writeAtomically,
} from "@attention-lab/results";
import { Command } from "commander";
import { printJson, wantsColour } from "../output.ts";
import { reportStudy } from "../study/report-study.ts";
import { supportOf } from "../support-of.ts";

interface Options {
  readonly json?: boolean;
  readonly write: boolean;
}

/** `attn report DIR`: the table in the terminal; Markdown, pictures and the page into the folder. */
export function reportCommand(): Command {
  return new Command("report")
    .description("print the fits and crossovers of a results folder, and write table, pictures and page into it")
    .argument("<dir>", "a folder that attn sweep wrote")
    .option("--no-write", "print only, leave the folder as it is")
    .option("--json", "print {machine, curves: [{variant, phase, points, exponents, crossover}], ...}")
    .action(async (dir: string, { json, write }: Options) => {
      if (StudyFolder.isStudy(dir)) {
        reportStudy(dir, { ...(json === undefined ? {} : { json }), write });
        return;
      }
      const report = buildReport(await ResultsFolder.open(dir));
      const files = write ? writeReport(dir, report) : [];
      if (json === true) printJson(report);
      else tell(report, files);
    });
}

/** Writes report.md, index.html and every picture as SVG and PNG; resolves with their paths. */
function writeReport(dir: string, report: Report): string[] {
  const figures = drawFigures(report);
  const support = supportOf(new Set(report.curves.map(({ variant }) => variant)));
  const files: [name: string, content: string | Uint8Array][] = [
    ["index.html", renderPage(report, { figures, support })],
    ["report.md", markdownTable(report)],
    ...figures.flatMap(({ name, svg }): [string, string | Uint8Array][] => [
      [`${name}.svg`, svg],
      [`${name}.png`, png(svg)],
    ]),
  ];
  return files.map(([name, content]) => {
    const path = join(dir, name);
    writeAtomically(path, content, "report");
    return path;
  });
}

function tell(report: Report, files: readonly string[]): void {
  // Not a terminal: no width is known, and nothing is left out.
  const width = process.stdout.isTTY ? process.stdout.columns : 200;
  console.log(terminalTable(report, { color: wantsColour(process.stdout), width }));
  const pictures = files.filter((file) => file.endsWith(".png"));
  const others = files.filter((file) => !file.endsWith(".png") && !file.endsWith(".svg"));
  if (files.length > 0) console.log(`\nwritten: ${others.join(", ")} and ${pictures.length} pictures (.svg, .png)`);
}
