import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, integer, property } from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { MirroredEventFile } from "@attention-lab/event-files";
import { readEvent } from "./event-proto.ts";
import { frames } from "./frames.ts";
import { readPluginData } from "./hparams-proto.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mirror-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Tells a run of so many steps from its beginning. */
function tell(folder: string, steps: number, { part = 1, now = 1_700_000_000 } = {}): string {
  const file = new MirroredEventFile({ folder, part, begun: 1_600_000_000, now: () => now });
  file.hyperparameters({ length: 512, causal: true, map: "größe" }, 1_600_000_000);
  for (let step = 1; step <= steps; step++) file.scalars(step, { loss: 1 / step });
  file.flush();
  return file.path;
}

const events = (path: string) => frames(readFileSync(path)).map(readEvent);
const steps = (path: string) =>
  events(path).flatMap(({ step, summary }) => (summary === undefined || step === undefined ? [] : [step]));

test("what is told again is not in the file again, and only what is new is written", () => {
  const folder = newFolder();
  const path = tell(folder, 3);
  const before = readFileSync(path);
  tell(folder, 3, { now: 1_800_000_000 });
  expect(readFileSync(path)).toEqual(before);
  tell(folder, 5, { now: 1_800_000_000 });
  expect(readFileSync(path).subarray(0, before.length)).toEqual(before);
  expect(steps(path)).toEqual([1, 2, 3, 4, 5]);
});

test("wherever the file was torn, telling again mends it", () => {
  const folder = newFolder();
  const path = tell(folder, 6);
  const whole = readFileSync(path);
  assert(
    property(integer({ min: 0, max: whole.length - 1 }), (length) => {
      truncateSync(path, length);
      tell(folder, 6);
      expect(readFileSync(path)).toEqual(whole);
    }),
  );
  // Two processes that mirror at once write the same bytes to the same places.
  const [first, second] = [1, 2].map(() => new MirroredEventFile({ folder, part: 7, begun: 1, now: () => 2 }));
  for (let step = 0; step < 4; step++) {
    for (const file of [first, second]) {
      file?.scalars(step, { loss: step });
      file?.flush();
    }
  }
  expect(steps(first?.path ?? "")).toEqual([1, 2, 3]); // step 0 is the default, which proto3 does not write
});

test("every part says that it replaces everything before it: readers take the first one that says so for no restart", () => {
  const folder = newFolder();
  const [one, two] = [tell(folder, 2), tell(folder, 3, { part: 2 })];
  expect(one < two).toBe(true);
  for (const path of [one, two]) {
    expect(events(path)[1]).toEqual({ wall_time: 1_600_000_000, session_log: { status: "START" } }); // step 0
  }
});

test("hyper-parameters and the end are what the HParams page reads", () => {
  const folder = newFolder();
  const file = new MirroredEventFile({ folder, part: 1, begun: 5 });
  file.hyperparameters({ length: 512, causal: false, map: "größe" }, 5);
  file.ended("failure", 9);
  file.flush();
  const summaries = events(file.path)
    .slice(2)
    .map(({ summary }) => (summary as { value: Record<string, unknown>[] }).value[0]);
  expect(summaries.map((summary) => summary?.["tag"])).toEqual([
    "_hparams_/session_start_info",
    "_hparams_/session_end_info",
  ]);
  const data = summaries.map((summary) => {
    const { plugin_data } = (summary ?? {})["metadata"] as {
      plugin_data: { plugin_name: string; content: Uint8Array };
    };
    expect(plugin_data.plugin_name).toBe("hparams");
    expect(summary?.["tensor"]).toMatchObject({
      dtype: 1,
      tensor_shape: { dim: [{ size: expect.anything() as unknown }] },
      float_val: [0],
    });
    return readPluginData(plugin_data.content);
  });
  expect(data).toEqual([
    {
      session_start_info: {
        hparams: { length: { number_value: 512 }, causal: { bool_value: false }, map: { string_value: "größe" } },
        start_time_secs: 5,
      },
    },
    { session_end_info: { status: "STATUS_FAILURE", end_time_secs: 9 } },
  ]);
});

test("a folder that is not there is the file system's error", () => {
  const file = new MirroredEventFile({ folder: join(newFolder(), "none"), part: 1, begun: 0 });
  expect(() => file.flush()).toThrow("ENOENT");
});
