import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attn, start } from "./attn.ts";
import { finishedFolder } from "./finished-folder.ts";

let root = "";
const folder = (name: string) => join(root, name);
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "attn-"));
  await finishedFolder(folder("a"));
  await finishedFolder(folder("slow"), { slower: 1.5 });
});
afterAll(() => rmSync(root, { recursive: true }));

test("compare: exit code 1 for what got worse, 0 for what did not, 2 for what cannot be compared", async () => {
  const worse = await attn("compare", folder("a"), folder("slow"));
  expect([worse.code, worse.out.split("\n")[0]]).toEqual([
    1,
    expect.stringMatching(/^B is worse in performer forward time 1\.50/),
  ]);
  process.exitCode = undefined;
  expect((await attn("compare", folder("a"), folder("a"))).code).toBe(0);
  expect((await attn("compare", folder("slow"), folder("a"))).code).toBe(0);
  expect((await attn("compare", folder("a"), folder("slow"), "--tolerance", "0.6")).code).toBe(0);
  const { code, err } = await attn("compare", folder("a"), folder("slow"), "--across", "engin");
  expect([code, err]).toEqual([2, expect.stringContaining("did you mean engine?")]);
});

test("compare --json has the documented shape", async () => {
  const { out } = await attn("compare", folder("a"), folder("slow"), "--json");
  process.exitCode = undefined;
  const parsed = JSON.parse(out) as { regressed: boolean; curves: Record<string, unknown>[] };
  expect(parsed).toMatchObject({ names: ["smoke", "smoke"], tolerance: expect.any(Number), regressed: true });
  expect(parsed.curves.find(({ label, figure }) => label === "performer" && figure === "step time")).toMatchObject({
    verdict: "worse",
    ratio: { value: expect.closeTo(1.5, 2), low: expect.any(Number), high: expect.any(Number) },
    points: expect.arrayContaining([expect.objectContaining({ a: expect.any(Number), b: expect.any(Number) })]),
  });
});

test("export writes each table in each format", async () => {
  const { out } = await attn("export", folder("a"));
  expect(out.split("\r\n")).toHaveLength(20);
  expect(JSON.parse((await attn("export", folder("a"), "--format", "json", "--table", "samples")).out)).toHaveLength(
    48,
  );
  const file = folder("trials.parquet");
  expect((await attn("export", folder("a"), "--format", "parquet", "--out", file)).code).toBe(0);
  expect(readFileSync(file).subarray(0, 4).toString()).toBe("PAR1");
  expect((await attn("export", folder("a"), "--format", "parquet")).err).toContain("--out: must name a file");
  expect((await attn("export", folder("a"), "--format", "parket")).err).toContain("did you mean parquet?");
  expect((await attn("export", folder("a"), "--table", "trails")).err).toContain("did you mean trials?");
});

const duckdb = await import("@duckdb/node-api").then(
  () => true,
  () => false,
);
const why = duckdb ? "" : " (skipped: the optional package @duckdb/node-api is not installed)";

test.skipIf(!duckdb)(`query answers SQL, and reaches nothing but the tables${why}`, async () => {
  const ask = (sql: string) => attn("query", folder("a"), sql, "--json");
  const { out } = await ask(
    "select variant, count(*) as n, max(seconds) as most from trials group by variant order by n, variant",
  );
  expect(JSON.parse(out)).toEqual([
    { variant: "full", n: 6, most: expect.closeTo(0.0165, 3) },
    { variant: "identity", n: 6, most: expect.any(Number) },
    { variant: "performer", n: 6, most: expect.any(Number) },
  ]);
  expect(
    JSON.parse((await ask("select count(*) as n from samples join trials using (trial) where variant = 'full'")).out),
  ).toEqual([{ n: 18 }]);
  const stolen = folder("stolen.csv");
  for (const sql of [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    `copy trials to '${stolen}'`,
    `attach '${folder("x.db")}'`,
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set temp_directory = '/tmp'",
    `export database '${folder("stolen")}'`,
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from read_csv('https://example.com/x.csv')",
    `select 1; copy (select 1) to '${stolen}'`,
  ]) {
    const { code, err } = await ask(sql);
    expect([code, err], sql).toEqual([2, expect.stringMatching(/^attn: query: [\w ]+ Error: .*(disabled|locked)/)]);
  }
  expect(existsSync(stolen)).toBe(false);
  // A path is no table.
  expect((await ask("select * from '/etc/passwd'")).err).toMatch(/^attn: query: Catalog Error: [^\n]*\n?$/);
  expect((await ask("selec 1")).err).toContain("syntax error");
});

test("serve prints its address and ends with Ctrl-C", async () => {
  const { child, ended } = start("serve", folder("a"), "--overlay", folder("slow"));
  const address = await new Promise<string>((resolve) => {
    child.stdout?.on("data", (text: string) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const page = await (await fetch(address)).text();
  expect(page).toContain("B is worse in performer forward time");
  expect(page).toContain("What each variant honours");
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
});

test("serve says in a sentence what it cannot serve", async () => {
  expect((await attn("serve", folder("nowhere"))).err).toContain("there is no");
  expect((await attn("serve", folder("a"), "--port", "x")).err).toContain(
    "--port: must be a whole number from 0 to 65535",
  );
});
