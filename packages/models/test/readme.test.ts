import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README's example is this file, and it runs", async () => {
  expect(read("../README.md")).toContain(read("readme-example.ts"));
  await expect(import("./readme-example.ts")).resolves.toBeDefined();
});

test("so is the one with published weights, here on a small random BERT", async () => {
  expect(read("../README.md")).toContain(read("readme-pretrained.ts"));
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  process.env["MODEL"] = `${fixture("bert.safetensors")},${fixture("bert.config.json")}`;
  await expect(import("./readme-pretrained.ts")).resolves.toBeDefined();
});
