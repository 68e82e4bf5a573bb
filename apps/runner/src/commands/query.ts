import { exportTables } from "@attention-lab/results";
import { Command } from "commander";
import { columns, printJson } from "../output.ts";
import { queryTables } from "../query-tables.ts";

/** `attn query DIR "SQL"`: any question about all trials. */
export function queryCommand(): Command {
  return new Command("query")
    .description(
      "answer SQL over a folder's tables trials, samples and metrics (DuckDB, in memory, no access to files)",
    )
    .argument("<dir>", "a folder that attn sweep wrote")
    .argument("<sql>", 'such as "select variant, median(seconds) from trials group by variant"')
    .option("--json", "print [{column: value}]")
    .action(async (dir: string, sql: string, { json }: { readonly json?: boolean }) => {
      const { names, rows } = await queryTables(await exportTables(dir), sql);
      if (json === true) {
        printJson(rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))));
        return;
      }
      const text = rows.map((row) => row.map(shown));
      const numeric = names.flatMap((_, i) => (rows.some((row) => typeof row[i] === "number") ? [i] : []));
      console.log(columns([names, ...text], numeric));
      console.log(`\n${rows.length} ${rows.length === 1 ? "row" : "rows"}`);
    });
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "string" ? value : JSON.stringify(value);
}
