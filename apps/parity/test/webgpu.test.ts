import { testAttention } from "@attention-lab/attention/testkit";
import { useBackend } from "@attention-lab/backends";
import { beforeAll, describe, expect, test } from "vitest";
import { adapters } from "../src/adapters.ts";
import { readGoldenFolder } from "../src/golden-case.ts";
import { runCase } from "../src/run-case.ts";
import { variants } from "./small-variants.ts";

// A software adapter needs a quarter of an hour for these, so they run where CI_FULL is set.
const found = process.env["CI_FULL"] === undefined ? "CI_FULL is not set" : await whyNot();
const patience = 900_000;

async function whyNot(): Promise<string | undefined> {
  try {
    await useBackend("webgpu");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe.skipIf(found !== undefined)(`on webgpu${found === undefined ? "" : ` (skipped: ${found})`}`, () => {
  beforeAll(async () => {
    await useBackend("webgpu");
  });

  test.each(variants)("%s passes the testkit", { timeout: patience }, async (_, attention, options) => {
    const findings = await testAttention(attention, options);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  });

  test.each(
    readGoldenFolder(new URL("../../../golden", import.meta.url).pathname).map(
      (golden) => [golden.id, golden] as const,
    ),
  )("golden case %s does not fail", { timeout: patience }, async (_, golden) => {
    const { status, because } = await runCase(golden, adapters[golden.feature]);
    expect(status === "failed" ? because : status).toMatch(/^(passed|deviates|not covered)$/);
  });
});
