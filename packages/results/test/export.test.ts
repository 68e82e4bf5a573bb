import { columnType, csv, parquet, records } from "@attention-lab/results";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { costTables } from "../src/export-tables.ts";
import { failing, syntheticReport } from "./synthetic.ts";

const report = syntheticReport({ change: failing("full", 8192, "error", 'it said "no, never",\nand ended') });
const [trials, samples, metrics] = costTables(report);

test("a row per trial, per repeat, and per figure", () => {
  expect(trials.rows).toHaveLength(60);
  expect(samples.rows).toHaveLength(58 * 7);
  expect(samples.columns).toEqual(["trial", "place", "metric", "value"]);
  const [first] = records(trials);
  expect(first).toMatchObject({
    variant: "full",
    length: 256,
    causal: false,
    status: "ok",
    message: null,
    "options.rank": null,
  });
  expect(
    records(metrics)
      .filter(({ trial }) => trial === first?.["trial"])
      .map(({ metric }) => metric),
  ).toEqual(["seconds", "peakBytes", "residentBytes"]);
});

test("CSV quotes what must be quoted", () => {
  const text = csv({
    name: "trials",
    columns: ["a", 'b"c'],
    rows: [
      [1.5, 'x,"y"\n'],
      [null, true],
    ],
  });
  expect(text).toBe('a,"b""c"\r\n1.5,"x,""y""\n"\r\n,true\r\n');
  expect(csv(trials)).toContain('"it said ""no, never"",\nand ended"');
});

test("Parquet is read back as it was, types and nulls included", async () => {
  for (const table of [trials, samples, metrics]) {
    const bytes = parquet(table);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    expect(await parquetReadObjects({ file })).toEqual(records(table));
  }
  expect(trials.columns.map((name, i) => [name, columnType(trials, i)])).toEqual(
    expect.arrayContaining([
      ["variant", "STRING"],
      ["length", "DOUBLE"],
      ["causal", "BOOLEAN"],
    ]),
  );
});
