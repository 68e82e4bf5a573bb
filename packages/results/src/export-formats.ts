import { parquetWriteBuffer } from "hyparquet-writer";
import type { ExportTable, Value } from "./export-tables.ts";

/** Comma-separated values with a head (RFC 4180): lines end in CR LF, what has a comma, a quote or a line break is quoted. */
export function csv({ columns, rows }: ExportTable): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: Value): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One object per row. */
export function records({ columns, rows }: ExportTable): Record<string, Value>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

export type ColumnType = "STRING" | "DOUBLE" | "BOOLEAN";

/** The type of a column: that of its first value; text where it holds none. */
export function columnType({ rows }: ExportTable, column: number): ColumnType {
  const value = rows.find((row) => row[column] != null)?.[column];
  return typeof value === "number" ? "DOUBLE" : typeof value === "boolean" ? "BOOLEAN" : "STRING";
}

/** Apache Parquet, compressed by Snappy: what pandas, Polars, Arrow, Spark and DuckDB read. */
export function parquet(table: ExportTable): Uint8Array {
  const columnData = table.columns.map((name, i) => ({
    name,
    type: columnType(table, i),
    data: table.rows.map((row) => row[i] ?? null),
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
