import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8").trim();

test("the README's example runs and is the one shown", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("./readme-example.ts");
  expect(log).toHaveBeenCalledWith([8, 1, 32], [8, 1, 1, 40]);
  log.mockRestore();
  expect(textOf("../README.md")).toContain(["```ts", textOf("readme-example.ts"), "```"].join("\n"));
});
