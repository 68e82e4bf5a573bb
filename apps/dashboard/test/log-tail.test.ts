import { mkdtempSync, rmSync, truncateSync, writeFileSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { logTail } from "../src/server/log-tail.ts";

const dir = mkdtempSync(join(tmpdir(), "attn-tail-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function tailOf(text: string | Uint8Array, options?: Parameters<typeof logTail>[1]) {
  const path = join(dir, "output.log");
  writeFileSync(path, text);
  return logTail(path, options);
}

test("the end of a log: whole lines, without a terminal's colours, the last word of a line that was written over", () => {
  expect(tailOf("one\ntwo\n")).toEqual({ lines: ["one", "two"], size: 8, isCut: false });
  expect(tailOf("")).toEqual({ lines: [], size: 0, isCut: false });
  expect(tailOf("\u001b[31mred\u001b[0m\nstep 1\rstep 2\r\n")?.lines).toEqual(["red", "step 2"]);
  expect(tailOf("1\n2\n3\n4\n", { lines: 2 })).toEqual({ lines: ["3", "4"], size: 8, isCut: true });
  expect(tailOf(`cut ${"é".repeat(20)}\nwhole\n`, { bytes: 12 })).toMatchObject({ lines: ["whole"], isCut: true });
  expect(tailOf(Uint8Array.of(255, 254, 10))?.lines).toHaveLength(1);
  expect(logTail(join(dir, "nowhere"))).toBeUndefined();
});

test("of a log of a gibibyte only the end is read", () => {
  const path = join(dir, "huge.log");
  writeFileSync(path, "begun\n");
  truncateSync(path, 2 ** 30);
  appendFileSync(path, "\nthe last line\n");
  const before = process.memoryUsage().arrayBuffers;
  expect(logTail(path)).toEqual({ lines: ["the last line"], size: 2 ** 30 + 15, isCut: true });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});
