import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the README's example is this file, and it runs", async () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  expect(read("../README.md")).toContain(read("readme-example.ts"));
  await expect(import("./readme-example.ts")).resolves.toBeDefined();
});
