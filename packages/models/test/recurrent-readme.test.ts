import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

test("the README's recurrent example is this file, and it prints what it says", async () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  expect(read("../README.md")).toContain(read("readme-recurrent.ts"));
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("./readme-recurrent.ts");
  expect(log.mock.calls.at(-1)).toEqual([[2, 2, 40], 2, [2, 2, 4]]);
  log.mockRestore();
});
