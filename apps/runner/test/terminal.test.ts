import { array, assert, constantFrom, integer, property, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { clipped, displayWidth, plainLine } from "../src/terminal/display-width.ts";
import { LiveBlock } from "../src/terminal/live-block.ts";
import { progressBar } from "../src/terminal/progress-bar.ts";
import { Screen } from "./screen.ts";

test("columns are counted as terminals count them", () => {
  expect(["abc", "日本", "é", "e\u0301", "👍", "…"].map(displayWidth)).toEqual([3, 4, 1, 1, 2, 1]);
  expect(clipped("日本語", 6)).toBe("日本語");
  expect(clipped("日本語", 5)).toBe("日本…");
  expect(clipped("日本語", 4)).toBe("日…");
  expect(clipped("abc", 0)).toBe("");
  assert(
    property(string({ unit: "grapheme" }), integer({ min: 1, max: 30 }), (text, columns) => {
      expect(displayWidth(clipped(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test("nothing that a terminal would obey gets through", () => {
  expect(plainLine("a\u001B[31mred\nnew\ttab\u009B2Jdone\u2028x")).toBe("a [31mred new tab 2Jdone x");
});

test("a bar has the width that there is, and none where there is too little", () => {
  expect(progressBar([5, 1, 2], 10, 20)).toBe(`${"█".repeat(10)}xx${"▒".repeat(4)}${"░".repeat(4)}`);
  expect(progressBar([0, 0, 0], 0, 10)).toBe("░".repeat(10));
  expect(progressBar([10], 10, 100)).toBe("█".repeat(40));
  expect(progressBar([1], 2, 7)).toBe("");
  assert(
    property(array(integer({ min: 0, max: 50 }), { maxLength: 3 }), integer({ min: 8, max: 90 }), (counts, columns) => {
      const total = counts.reduce((sum, count) => sum + count, 10);
      expect(progressBar(counts, total, columns)).toHaveLength(Math.min(40, columns));
    }),
  );
});

test("whatever is drawn and noted, notes stand above and the last block below them", () => {
  const line = string({ unit: constantFrom("a", "b", " c"), minLength: 1, maxLength: 60 });
  const step = tuple(constantFrom("draw", "note"), array(line, { maxLength: 6 }), line);
  assert(
    property(array(step, { maxLength: 12 }), integer({ min: 10, max: 40 }), (steps, columns) => {
      const screen = new Screen(columns, 8);
      const block = new LiveBlock(screen);
      const notes: string[] = [];
      let drawn: string[] = [];
      for (const [what, lines, note] of steps) {
        if (what === "draw") drawn = lines;
        else notes.push(note.slice(0, columns - 1));
        if (what === "draw") block.draw(lines.map((text) => ({ text })));
        else
          block.note(
            note.slice(0, columns - 1),
            drawn.map((text) => ({ text })),
          );
      }
      const shown = drawn.slice(0, 7).map((text) => clipped(text, columns - 1));
      expect(screen.text).toEqual([...notes, ...shown].join("\n").trimEnd().split("\n"));
      block.clear();
      expect(screen.text).toEqual(notes.join("\n").trimEnd().split("\n"));
    }),
  );
});

test("a block is erased as a whole after the terminal has become narrower and wrapped it", () => {
  const screen = new Screen(10, 24);
  const wide = { isTTY: true, columns: 40, rows: 24, write: (text: string) => screen.write(text) };
  const block = new LiveBlock(wide);
  block.note("kept");
  block.draw([{ text: "a line of thirty-two characters!" }, { text: "short" }]);
  wide.columns = 10; // the screen wraps at 10 and has shown the first line in four rows
  block.draw([{ text: "now" }]);
  expect(screen.text).toEqual(["kept", "now"]);
});

test("colour is written on a terminal, and never when NO_COLOR is set", () => {
  const texts: string[] = [];
  const block = new LiveBlock({ isTTY: true, columns: 20, rows: 5, write: (text) => texts.push(text) });
  const before = process.env["NO_COLOR"];
  delete process.env["NO_COLOR"];
  block.draw([{ text: "failed", style: "red" }]);
  expect(texts.at(-1)).toContain("\u001B[31mfailed\u001B[0m\n");
  process.env["NO_COLOR"] = "1";
  block.draw([{ text: "failed", style: "red" }]);
  expect(texts.at(-1)).toBe("\r\u001B[1A\u001B[0Jfailed\n");
  if (before === undefined) delete process.env["NO_COLOR"];
  else process.env["NO_COLOR"] = before;
});
