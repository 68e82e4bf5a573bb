import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PlannedStudyTrial, StudyFolder } from "@attention-lab/results";
import { expect, onTestFinished, test } from "vitest";
import { readEvent } from "../../../packages/event-files/test/event-proto.ts";
import { frames } from "../../../packages/event-files/test/frames.ts";
import { readPluginData } from "../../../packages/event-files/test/hparams-proto.ts";
import { TensorBoardMirror } from "../src/study/tensorboard-mirror.ts";

const program = { name: "p", version: 1 };
const parameters = { attention: { name: "performer", features: 64 }, causal: true, layers: [1, 2] };
const trial: PlannedStudyTrial = { id: "0123456789abcdef", config: { program, parameters, versions: {}, seed: 3 } };
const at = "2026-01-02T03:04:05.000Z";

function begun(): StudyFolder {
  const dir = mkdtempSync(join(tmpdir(), "mirror study "));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const start = {
    name: "s",
    question: "",
    program,
    sampler: { name: "grid" },
    limits: { attempts: 5 },
    figures: [],
    skipped: [],
    commit: null,
  };
  return StudyFolder.begin(join(dir, "results"), start, [trial]);
}

const mirrored = (folder: StudyFolder) => new TensorBoardMirror(folder, () => "features 64, größe/../x");
const lines = (from: number, to: number) =>
  Array.from(
    { length: to - from + 1 },
    (_, i) => `${JSON.stringify({ x: from + i, values: { loss: 1 / (from + i) } })}\n`,
  ).join("");

/** The n-th attempt, as a runner begins it. */
function attempt(folder: StudyFolder, number: number, measured: string): string {
  const path = join(folder.prepare(trial), "attempts", String(number));
  mkdirSync(path, { recursive: true });
  const owner = { host: "h", boot: "b", pid: 1, start: "1", job: null, at };
  writeFileSync(join(path, "owner.json"), JSON.stringify(owner));
  writeFileSync(join(path, "measurements.jsonl"), measured);
  return path;
}

/** Events of the trial's run, by file. */
function told(folder: StudyFolder): Record<string, unknown>[][] {
  const [run = "", ...more] = readdirSync(join(folder.dir, "tensorboard"));
  expect(more).toEqual([]);
  const path = join(folder.dir, "tensorboard", run);
  return readdirSync(path)
    .toSorted()
    .map((name) => frames(readFileSync(join(path, name))).map(readEvent));
}

const losses = (events: Record<string, unknown>[]) =>
  events.flatMap(({ step, summary }) => {
    const [value] = (summary as { value: { tag: string; simple_value?: number }[] } | undefined)?.value ?? [];
    return value?.tag === "loss" ? [step ?? 0] : [];
  });

test("a running trial is mirrored line by line, however often and from wherever it is looked at", () => {
  const folder = begun();
  const mirror = mirrored(folder);
  mirror.look();
  expect(existsSync(join(folder.dir, "tensorboard"))).toBe(false);
  const path = attempt(folder, 1, lines(1, 3));
  mirror.look();
  appendFileSync(join(path, "measurements.jsonl"), `${lines(4, 5)}{"x":6,"val`);
  mirror.look();
  mirrored(folder).look();
  appendFileSync(
    join(path, "measurements.jsonl"),
    `ues":{"loss":null}}\n{"values":{"other":7}}\n{"x":0.5,"values":{"other":8}}\n`,
  );
  mirror.end();
  mirrored(folder).end();
  const [events = []] = told(folder);
  expect(losses(events)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(events.slice(-3).map(({ step, summary }) => [step, summary])).toEqual([
    [6, { value: [{ tag: "loss", simple_value: Number.NaN }] }],
    [undefined, { value: [{ tag: "other", simple_value: 7 }] }], // without a place: counted from 0
    [1, { value: [{ tag: "other", simple_value: 8 }] }], // a place that is no step
  ]);
});

test("parameters, final metrics and the end are there, in a run whose name is safe", () => {
  const folder = begun();
  const path = attempt(folder, 1, lines(1, 1));
  const result = {
    attempt: 1,
    seconds: 1,
    residentBytes: 1,
    at,
    status: "ok",
    metrics: { loss: 0.5 },
    measurements: 1,
  };
  for (const target of [path, folder.trialFolder(trial.id)])
    writeFileSync(join(target, "result.json"), JSON.stringify(result));
  mirrored(folder).end();
  expect(readdirSync(join(folder.dir, "tensorboard"))).toEqual(["features-64,größe-..-x-01234567"]);
  const [events = []] = told(folder);
  const summaries = events.flatMap(
    ({ summary }) => (summary as { value: Record<string, unknown>[] } | undefined)?.value ?? [],
  );
  expect(summaries.map(({ tag }) => tag)).toEqual([
    "_hparams_/session_start_info",
    "loss",
    "final/loss",
    "_hparams_/session_end_info",
  ]);
  const content = (index: number): unknown =>
    ((summaries[index] ?? {})["metadata"] as { plugin_data: { content: Uint8Array } }).plugin_data.content;
  expect(readPluginData(content(0))).toEqual({
    session_start_info: {
      start_time_secs: Date.parse(at) / 1000,
      hparams: {
        "attention.name": { string_value: "performer" },
        "attention.features": { number_value: 64 },
        causal: { bool_value: true },
        layers: { string_value: "1 2" },
        seed: { number_value: 3 },
      },
    },
  });
  expect(readPluginData(content(3))).toMatchObject({ session_end_info: { status: "STATUS_SUCCESS" } });
});

test("an attempt that goes on after a crash tells everything anew, and its file says so", () => {
  const folder = begun();
  attempt(folder, 1, lines(1, 7));
  const mirror = mirrored(folder);
  mirror.look();
  const second = attempt(folder, 2, lines(1, 4)); // what the checkpoint held
  mirror.look();
  appendFileSync(join(second, "measurements.jsonl"), lines(5, 9));
  mirror.end();
  const [first = [], next = []] = told(folder);
  expect(losses(first)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(next[1]).toMatchObject({ session_log: { status: "START" } }); // of step 0: readers drop all before
  expect(losses(next)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a disk that refuses is told in one sentence", () => {
  const folder = begun();
  attempt(folder, 1, lines(1, 1));
  writeFileSync(join(folder.dir, "tensorboard"), "in the way");
  expect(() => mirrored(folder).end()).toThrow(/^tensorboard: cannot make .*tensorboard/);
});
