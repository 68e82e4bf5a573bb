import { expect, test } from "vitest";
import { harnessWords } from "../src/harness-words.ts";
import { harnessOverhead } from "../src/harness.ts";

test("harness and bare loop take turns at the same trial", async () => {
  const [row] = await harnessOverhead({ rounds: 2, lengths: [32] });
  expect(row).toMatchObject({ variant: "full", length: 32 });
  expect(row?.bare).toBeGreaterThan(0);
  expect(row?.overhead.low).toBeLessThanOrEqual(row?.overhead.high ?? Number.NaN);
});

test("says shares in per cent", () => {
  const overhead = { value: 0.0031, low: -0.0042, high: 0.009 };
  expect(harnessWords([{ variant: "full", length: 1024, bare: 3.2e-3, overhead }])).toBe(
    "full 1,024: 3.20 ms a call; the harness adds 0.3 % (quartiles -0.4 to 0.9 %)",
  );
});
