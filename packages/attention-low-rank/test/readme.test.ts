import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const examples = ["readme-example.ts", "readme-nystromformer-example.ts"];

test.each(examples)("the README shows %s, and it runs", async (example) => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  expect(read("../README.md")).toContain(read(example));
  await expect(import(`./${example}`)).resolves.toBeDefined();
});
