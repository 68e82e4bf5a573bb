import type * as DuckDb from "@duckdb/node-api";
import { columnType, type ExportTable, type ExportTables, type Value } from "@attention-lab/results";

interface Answer {
  readonly names: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const types = { STRING: "VARCHAR", DOUBLE: "DOUBLE", BOOLEAN: "BOOLEAN" } as const;

/**
 * Answers SQL over tables that exist in memory alone: the folder cannot be changed by it, and files, the network and extensions are out of its
 * reach.
 *
 * @throws RangeError with DuckDB's sentence for wrong SQL; Error where the optional package is missing.
 */
export async function queryTables(tables: ExportTables, sql: string): Promise<Answer> {
  const { DuckDBInstance } = await duckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    for (const table of tables) await fill(connection, table);
    // A query that needs more memory than there is shall fail and not write beside the user's files.
    await connection.run("SET temp_directory = ''");
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
    const reader = await connection.runAndReadAll(sql).catch((error: unknown) => {
      const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n\n");
      throw new RangeError(`query: ${first.replaceAll(/\s+/g, " ")}`, { cause: error });
    });
    return { names: reader.columnNames(), rows: reader.getRowsJS().map((row) => row.map(plain)) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function duckdb(): Promise<typeof DuckDb> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    throw new Error(
      "query: needs the optional package @duckdb/node-api; install it with npm install @duckdb/node-api",
      {
        cause: error,
      },
    );
  }
}

async function fill(connection: DuckDb.DuckDBConnection, table: ExportTable): Promise<void> {
  const columns = table.columns.map((name, i) => `${quoted(name)} ${types[columnType(table, i)]}`);
  await connection.run(`CREATE TABLE ${table.name} (${columns.join(", ")})`);
  const appender = await connection.createAppender(table.name);
  for (const row of table.rows) {
    for (const value of row) append(appender, value);
    appender.endRow();
  }
  appender.closeSync();
}

function append(appender: DuckDb.DuckDBAppender, value: Value): void {
  if (value === null) appender.appendNull();
  else if (typeof value === "number") appender.appendDouble(value);
  else if (typeof value === "boolean") appender.appendBoolean(value);
  else appender.appendVarchar(value);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Counts are 64-bit integers; JSON has none. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Date ? value.toISOString() : value;
}
