import { expect, test } from "vitest";
import { trialFilter } from "../src/script/trial-filter.ts";
import type { TrialCell, TrialRow } from "../src/trials.ts";

const columns = ["variant", "length", "time", "peak memory"].map((name) => ({
  name,
  align: "left" as const,
  filter: "contains" as const,
}));

function row(id: string, ...cells: TrialCell[]): TrialRow {
  return { id, cells, tone: "", mark: null, shared: 0, detail: null };
}

const rows = [
  row("a", ["full"], ["1,024", 1024], ["5.0 ms", 0.005], ["1.00 MiB", 2 ** 20]),
  row("b", ["performer features=64"], ["2,048", 2048], ["7.0 ms", 0.007], ["8.00 MiB", 2 ** 23]),
  row("c", ["performer features=256"], ["4,096", 4096], ["-"], ["-"]),
];

function found(query: string) {
  const { passes, complaint } = trialFilter(columns, [], query);
  const ids = rows.filter(passes).map(({ id }) => id);
  return complaint === "" ? ids.join("") : `${ids.join("")} (${complaint})`;
}

test.each([
  ["", "abc"],
  ["performer", "bc"],
  ["PERFORMER length>1024", "bc"],
  ["variant:performer length>2,048", "c"],
  ["length>=2048 length<4096", "b"],
  ["length=1024", "a"],
  ["length:2048", "b"],
  ["time<6ms", "a"],
  ["time>=0.005", "ab"],
  ["time<1s", "ab"],
  ["peakmemory>4MiB", "b"],
  ["peak<2MiB", "a"],
  ['"performer features=256"', "c"],
  ['variant="performer features=64"', "b"],
  ["variant:features=64", "b"],
  ["colour:red", "abc (no column is called colour)"],
  ["length>many", "abc (many is no number)"],
  ["nothing of this", ""],
  ['"', "abc"],
  [":", ""],
])("%j finds %j", (query, ids) => {
  expect(found(query)).toBe(ids);
});

test("a column's own field takes a bound with a unit, or a part of the text", () => {
  const only = (column: number, text: string) => {
    const { passes } = trialFilter(columns, [{ column, text, isChoice: false }], "");
    return rows.filter(passes).map(({ id }) => id);
  };
  expect(only(2, "> 6 ms")).toEqual(["b"]);
  expect(only(2, "<= 0.005")).toEqual(["a"]);
  expect(only(0, "former")).toEqual(["b", "c"]);
  expect(only(2, "-")).toEqual(["c"]);
});
