import { expect, test } from "vitest";
import { runOf, type TrainWords } from "../src/training/train-options.ts";
import { attentionWords, namedWord } from "../src/training/words.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("a word is a name with options", () => {
  expect(namedWord("--task", "copy:length=6,symbols=5")).toEqual({ name: "copy", length: 6, symbols: 5 });
  expect(namedWord("--position", "rope")).toEqual({ name: "rope" });
  expect(() => namedWord("--task", ":a=1")).toThrow("--task: must have the form NAME or NAME:KEY=VALUE,KEY=VALUE");
  expect(() => namedWord("--task", "copy:length")).toThrow(/form KEY=VALUE, got "length"/);
});

test("attention words are a variant for each layer, counts before the names", () => {
  const longformer = { name: "longformer", before: 64, after: 0 };
  expect(attentionWords("--attention", ["3xlongformer:before=64,after=0", "full"])).toEqual([
    longformer,
    longformer,
    longformer,
    { name: "full" },
  ]);
  expect(attentionWords("--attention", ["full"])).toEqual({ name: "full" });
  expect(attentionWords("--attention", ["2xfull"])).toHaveLength(2);
  expect(() => attentionWords("--attention", ["0xfull"])).toThrow("a count of layers must be at least 1, got 0");
});

test("a run leaves nothing open: the same run comes back from its own description", () => {
  const run = runOf({
    attention: ["2xlocal:before=4,after=0", "full"],
    optimizer: "sgd:momentum=0.5",
    patience: 2,
    evaluateEvery: 5,
  });
  expect(run).toMatchObject({
    task: { name: "moby-dick", length: 256, batchSize: 8 },
    model: { kind: "decoder", layers: 3, dModel: 128, feedForward: 512, norm: "pre" },
    optimizer: { name: "sgd", momentum: 0.5, nesterov: false },
    schedule: { name: "cosine", learningRate: 2e-3, warmup: 30 },
    position: { name: "rope" },
    clipNorm: 1,
    labelSmoothing: { amount: 0, over: "all" },
    evaluateEvery: 5,
    patience: 2,
  });
  const dir = mkdtempSync(join(tmpdir(), "attn-"));
  try {
    const config = join(dir, "run.json");
    writeFileSync(config, JSON.stringify(run));
    expect(runOf({ config })).toEqual(run);
    expect(runOf({ config, learningRate: 1e-3, clip: 0, batch: 2 })).toEqual({
      ...run,
      task: { ...run.task, batchSize: 2 },
      schedule: { ...run.schedule, learningRate: 1e-3 },
      clipNorm: null,
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a task chooses its kind of model, and a recurrent one its attention", () => {
  const kindOf = (words: TrainWords) => runOf(words).model.kind;
  expect(kindOf({ task: "copy" })).toBe("encoder-decoder");
  expect(kindOf({ task: "list-ops" })).toBe("encoder");
  expect(kindOf({ task: "moby-dick-masked" })).toBe("encoder");
  expect(runOf({ task: "dates", model: "recurrent:cell=lstm" })).toMatchObject({
    model: { kind: "recurrent", cell: "lstm" },
    attention: [{ name: "bahdanau" }],
    position: { name: "none" },
  });
  expect(runOf({ task: "dates", model: "recurrent", attention: ["none"] }).attention).toEqual([]);
});

const refusals: [what: string, words: TrainWords, sentence: RegExp][] = [
  ["an optimiser", { optimizer: "admw" }, /optimizer: name must be one of adamw, adam, sgd \(did you mean adamw\?\)/],
  ["an optimiser's option", { optimizer: "adamw:beta3=1" }, /optimizer adamw: options are beta1.*got "beta3"/],
  ["an optimiser's value", { optimizer: "adamw:beta1=1" }, /adamw: beta1 must lie in \[0, 1\), got 1/],
  ["a schedule", { schedule: "cosin" }, /schedule: name must be one of .*did you mean cosine\?/],
  [
    "a schedule's option",
    { schedule: "noam:warmpu=3" },
    /schedule noam: options are warmup \(did you mean "warmup"\?\)/,
  ],
  ["a position", { position: "rop" }, /position: name must be one of .*did you mean rope\?/],
  ["a task", { task: "mobydick" }, /task: name must be one of .*did you mean moby-dick\?/],
  ["a kind of model", { model: "decodr" }, /model: kind must be .*did you mean "decoder"\?/],
  ["a model's option", { model: "decoder:nrm=pre" }, /model: options are .*did you mean "norm"\?.*got "nrm"/],
  ["smoothing of everything", { smoothing: 1 }, /labelSmoothing: amount must be below 1, got 1/],
];
test.each(refusals)("%s that does not exist is one sentence", (_, words, sentence) => {
  expect(() => runOf(words)).toThrow(sentence);
});

test("with options given, a variant's own defaults hold for the others; only what it demands is filled in", () => {
  const attention = (...words: string[]) => runOf({ attention: words }).attention;
  expect(attention("strided:stride=32")).toEqual([{ name: "strided", stride: 32 }]);
  expect(attention("strided")).toEqual([{ name: "strided", stride: 4, block: 64 }]);
  expect(attention("longformer:before=16")).toMatchObject([{ name: "longformer", before: 16, after: 0 }]);
  expect(attention("fixed:stride=8")).toEqual([{ name: "fixed", stride: 8, summary: 1 }]);
  expect(() => attention("strided:strid=8")).toThrow(/strided attention: .*strid/);
});
