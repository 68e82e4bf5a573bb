import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README's first example is this file, and it runs", async () => {
  expect(read("../README.md")).toContain(read("readme-example.ts"));
  await expect(import("./readme-example.ts")).resolves.toBeDefined();
});

test("the README's beam search is this file, and it finds what it says", async () => {
  expect(read("../README.md")).toContain(read("readme-beam.ts"));
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("./readme-beam.ts");
  expect(log.mock.calls[0]).toEqual([[3, 0], "-0.954", true]);
  log.mockRestore();
});
