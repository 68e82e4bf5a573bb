import { csv, exportTables, parquet, records, writeAtomically, type ExportTable } from "@attention-lab/results";
import { lookup } from "@attention-lab/catalog";
import { Command } from "commander";

const formats: Readonly<Record<string, (table: ExportTable) => string | Uint8Array>> = {
  csv,
  json: (table) => `${JSON.stringify(records(table), undefined, 1)}\n`,
  parquet,
};

interface Options {
  readonly format: string;
  readonly table: string;
  readonly out?: string;
}

/** `attn export DIR`: a folder's trials, samples or metrics for other tools. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write the trials, samples or metrics of a folder as CSV, JSON or Parquet")
    .argument("<dir>", "a folder that attn sweep wrote")
    .option("--format <name>", "csv, json, parquet", "csv")
    .option("--table <name>", "trials (one row each), samples (repeats, measurements), metrics (the figures)", "trials")
    .option("--out <file>", "a file instead of standard output")
    .action(async (dir: string, { format, table, out }: Options) => {
      const write = lookup("--format", formats, format);
      const tables = Object.fromEntries((await exportTables(dir)).map((one) => [one.name, one]));
      const content = write(lookup("--table", tables, table));
      if (out !== undefined) writeAtomically(out, content, "export");
      else if (typeof content === "string") process.stdout.write(content);
      else throw new RangeError("--out: must name a file for --format parquet, which is not text, got none");
    });
}
