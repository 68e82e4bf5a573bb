import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setBackend } from "@tensorflow/tfjs-core";
import type { Variant } from "@attention-lab/attention";
import { type Oracle, testAttention } from "@attention-lab/attention/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
let copy = "";

/** As much of the repository as the tool reads. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "new-variant-"));
  for (const part of [
    "tools/new-variant",
    "tools/new-variant.mjs",
    "packages/catalog/src",
    "packages/catalog/package.json",
  ])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  const model = "packages/attention-linear";
  mkdirSync(join(copy, model, "test"), { recursive: true });
  for (const file of ["package.json", "tsconfig.build.json", "vitest.config.ts", "test/readme.test.ts"])
    cpSync(join(root, model, file), join(copy, model, file));
});
afterAll(() => rmSync(copy, { recursive: true }));

function make(...args: string[]) {
  const tool = join(copy, "tools/new-variant.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args, "--no-install"], { encoding: "utf8" });
  return { status, stdout, stderr };
}
const read = (file: string) => readFileSync(join(copy, file), "utf8");

describe("new variant", () => {
  test("makes a package, its line in the catalogue and the dependency", () => {
    expect(make("variant", "sliding-mean")).toMatchObject({ status: 0, stderr: "" });
    const folder = "packages/attention-sliding-mean";
    const made = readdirSync(join(copy, folder), { recursive: true }).map(String);
    expect(made.toSorted()).toEqual([
      "README.md",
      "package.json",
      "src",
      "src/index.ts",
      "src/sliding-mean.ts",
      "test",
      "test/oracle.ts",
      "test/readme-example.ts",
      "test/readme.test.ts",
      "test/testkit.test.ts",
      "tsconfig.build.json",
      "vitest.config.ts",
    ]);
    expect(read("packages/catalog/src/attentions.ts").trimEnd().split("\n").at(-1)).toBe(
      'export { slidingMean } from "@attention-lab/attention-sliding-mean";',
    );
    const catalog = JSON.parse(read("packages/catalog/package.json")) as { dependencies: Record<string, string> };
    expect(catalog.dependencies["@attention-lab/attention-sliding-mean"]).toBe("workspace:^");
    expect(Object.keys(catalog.dependencies)).toEqual(Object.keys(catalog.dependencies).toSorted());
    expect(JSON.parse(read(`${folder}/package.json`))).toMatchObject({
      name: "@attention-lab/attention-sliding-mean",
      version: "0.1.0",
    });
    expect(read(`${folder}/README.md`)).toContain(read(`${folder}/test/readme-example.ts`));
    for (const file of readdirSync(join(copy, folder), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ))
      expect(readFileSync(join(file.parentPath, file.name), "utf8")).not.toMatch(/__\w+__/);
  });

  test("what it makes passes the testkit from the start", async () => {
    const folder = join(copy, "packages/attention-whole");
    expect(make("variant", "whole").status).toBe(0);
    symlinkSync(join(root, "packages/attention-linear/node_modules"), join(folder, "node_modules"), "junction");
    const load = (file: string) =>
      import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href) as Promise<unknown>;
    const { whole } = (await load("src/index.ts")) as { whole: Variant };
    const { oracleOf } = (await load("test/oracle.ts")) as { oracleOf: (options: unknown) => Oracle };
    await setBackend("cpu");
    const options = whole.parse({});
    const findings = await testAttention(whole(options), { oracle: oracleOf(options) });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.length).toBeGreaterThan(50);
  });

  const refused: [args: string[], sentence: RegExp][] = [
    [[], /^new: what is made must be a variant, got nothing: npm run new -- variant NAME/],
    [["varient", "x"], /must be a variant, got "varient"/],
    [["variant", "Cos_Former"], /must be lower-case words joined by hyphens, .* got "Cos_Former"/],
    [["variant", "../escape"], /got "\.\.\/escape"/],
    [["variant", "linear"], /packages\/attention-linear must not exist yet/],
    [["variant", "luong"], /not be one of the catalogue's .*got "luong" beside "luong"/],
    [["variant", "perfomer"], /nor a letter away from one, got "perfomer" beside "performer"/],
    [["variant", "one", "two"], /takes one name and --no-install, got "two"/],
  ];
  test.each(refused)("refuses %j in one sentence and writes nothing", (args, sentence) => {
    const before = readdirSync(join(copy, "packages")).toSorted();
    const { status, stderr } = make(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(readdirSync(join(copy, "packages")).toSorted()).toEqual(before);
    expect(existsSync(join(copy, "packages/attention-two"))).toBe(false);
  });
});
