import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import * as tasks from "../src/index.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

async function printed(run: () => Promise<unknown>): Promise<unknown[][]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await run();
  const { calls } = log.mock;
  log.mockRestore();
  return calls;
}

test("the README's tasks are this file, and they show what they say", async () => {
  expect(read("../README.md")).toContain(read("readme-example.ts"));
  const lines = await printed(() => import("./readme-example.ts"));
  expect(lines[0]).toEqual([true, [8, 64], 1]);
  expect(lines[1]).toEqual(["the men are not students", "->", "les hommes ne sont pas étudiants"]);
  expect(lines[2]?.[1]).toBe(0.1);
  expect(lines[3]).toEqual(["language"]);
});

test("the README's scores are this file, and they are what they say", async () => {
  expect(read("../README.md")).toContain(read("readme-scores.ts"));
  const lines = await printed(() => import("./readme-scores.ts"));
  expect(lines.slice(0, 2)).toEqual([["53.7"], [1]]);
  const [tokens, text] = lines[2] ?? [];
  expect(Array.isArray(tokens) && tokens.length < 4).toBe(true);
  expect(text).toBe("any text");
});

test("the README's table has every task, with its chance at the defaults", () => {
  const readme = read("../README.md");
  const definitions = Object.values(tasks).filter((entry) => typeof entry === "function" && "defaults" in entry);
  expect(definitions.length).toBe(12);
  for (const { task, kind } of definitions) expect(readme).toMatch(new RegExp(`\\| \`${task}\` +\\| ${kind} +\\|`));
});
