import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attn } from "./attn.ts";

let dir = "";
const at = (name: string): string => join(dir, name);
const cpu = ["--backend", "cpu"];
const size = [
  "--steps",
  "2",
  "--batch",
  "2",
  "--layers",
  "1",
  "--heads",
  "2",
  "--d-model",
  "8",
  "--sample",
  "4",
  ...cpu,
];
const models: Readonly<Record<string, readonly string[]>> = {
  book: ["--task", "moby-dick", "--length", "16", "--variant", "local", "--with", "before=3"],
  learned: ["--task", "letters:length=8", "--variant", "full", "--position", "learned"],
  projected: ["--task", "moby-dick-masked:length=12", "--variant", "linformer", "--with", "rank=4"],
  answers: ["--task", "copy:length=5,symbols=4,validationBatches=2"],
  recurrent: ["--task", "copy:length=5,symbols=4,validationBatches=2", "--model", "recurrent"],
};
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "attn-trained-"));
  for (const [name, words] of Object.entries(models)) {
    const { code, err } = await attn("train", ...words, ...size, "--out", at(name));
    expect([code, err]).toEqual([0, expect.any(String)]);
  }
  writeFileSync(at("cut.safetensors"), readFileSync(join(at("book"), "checkpoint.safetensors")).subarray(0, 20_000));
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await attn(...args, "--json", ...cpu);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Record<string, unknown>;
};

describe("generate", () => {
  test("streams what it writes after the prompt, the same for the same seed", async () => {
    const run = (seed: string) => attn("generate", at("book"), "The ", "--max-tokens", "6", "--seed", seed, ...cpu);
    const [first, again, other] = [await run("1"), await run("1"), await run("2")];
    expect(first.out.replaceAll("\n", "")).toMatch(/^The /);
    expect(again.out).toBe(first.out);
    expect(other.out).not.toBe(first.out);
  });

  test.each([
    ["greedy", ["--temperature", "0"]],
    ["filters", ["--top-k", "5", "--top-p", "0.9", "--min-p", "0.01"]],
    ["a search", ["--beams", "2", "--length-penalty", "1"]],
    ["less repetition", ["--repetition-penalty", "1.2", "--no-repeat", "2"]],
  ])("%s: documented JSON", async (_, words) => {
    const said = await json("generate", at("book"), "The ", "--max-tokens", "5", ...words);
    expect(said).toEqual({ checkpoint: expect.any(String), step: 2, prompt: "The ", text: expect.any(String) });
    expect(Buffer.from(said["text"] as string).length).toBeGreaterThan(0);
  });

  test("a model with an encoder answers, Transformer or recurrent, and holds nothing afterwards", async () => {
    for (const name of ["answers", "recurrent"]) {
      await json("generate", at(name), "abca"); // loads the model, which stays
      const before = memory().numTensors;
      const { text } = await json("generate", at(name), "abca");
      expect(text).toMatch(/^[a-d]*$/);
      const parameters = memory().numTensors - before;
      await json("generate", at(name), "abca", "--beams", "3");
      expect(memory().numTensors - before).toBe(2 * parameters);
    }
  });
});

describe("evaluate", () => {
  test("scores a language model at any length that its positions reach", async () => {
    const { scores } = await json("evaluate", at("book"), "--length", "8,32", "--batches", "2");
    expect(scores).toEqual([
      expect.objectContaining({ length: 8, bitsPerByte: expect.any(Number), accuracy: expect.any(Number) }),
      expect.objectContaining({ length: 32, perplexity: expect.any(Number) }),
    ]);
    expect((await attn("evaluate", at("book"), "--batches", "1", ...cpu)).out).toMatch(
      /length +nats +perplexity +bits per byte/,
    );
  });

  test("scores answers by exact match and BLEU", async () => {
    for (const name of ["answers", "recurrent"]) {
      const { scores } = await json("evaluate", at(name), "--batches", "1");
      expect(scores).toEqual([expect.objectContaining({ exactMatch: expect.any(Number), bleu: expect.any(Number) })]);
    }
  });
});

describe("attention", () => {
  interface Map {
    readonly place: string;
    readonly queries: string[];
    readonly keys: string[];
    readonly weights: (number | null)[][];
  }
  const maps = async (name: string, text: string) =>
    (await json("attention", at(name), text, "--out", at("look.svg")))["maps"] as Map[];
  const sums = ({ weights }: Map) => weights.map((row) => row.reduce<number>((sum, weight) => sum + (weight ?? 0), 0));

  test("shows each head's weights, and hides what the pattern hides", async () => {
    const shown = await maps("book", "whales");
    expect(shown.map(({ place }) => place)).toEqual(["layer 1", "layer 1"]);
    for (const map of shown) {
      expect(map.queries).toEqual(Array.from("whales"));
      for (const sum of sums(map)) expect(sum).toBeCloseTo(1, 4);
      expect(map.weights[5]?.map((weight) => weight === null)).toEqual([true, true, false, false, false, false]);
      expect(map.weights[0]?.slice(1)).toEqual([null, null, null, null, null]);
    }
    expect(readFileSync(at("look.svg"), "utf8")).toMatch(/^<svg .*head 2/);
  });

  test("shows where the decoder looks in the source, Transformer or recurrent", async () => {
    for (const name of ["answers", "recurrent"]) {
      const shown = await maps(name, "abc");
      const across = shown.filter(({ place }) => place.endsWith("to the source"));
      expect(across.length).toBeGreaterThan(0);
      for (const map of across) {
        expect(map.keys).toEqual(["a", "b", "c"]);
        for (const sum of sums(map)) expect(sum).toBeCloseTo(1, 4);
      }
    }
    const places = new Set((await maps("answers", "abc")).map(({ place }) => place));
    expect([...places]).toEqual(["encoder layer 1", "decoder layer 1", "decoder layer 1 to the source"]);
  });

  test("writes a page and a PNG too", async () => {
    for (const name of ["look.html", "look.png"])
      expect((await attn("attention", at("book"), "sea", "--out", at(name), ...cpu)).code).toBe(0);
    expect(readFileSync(at("look.html"), "utf8")).toMatch(/^<!doctype html>/);
    expect(readFileSync(at("look.png")).subarray(1, 4).toString()).toBe("PNG");
  });
});

describe("bad input is one sentence, and nothing is lost", () => {
  const cases: [what: string, args: () => string[], sentence: RegExp][] = [
    ["no checkpoint", () => ["generate", at("none"), "x"], /none: there is no checkpoint/],
    [
      "one cut short",
      () => ["generate", at("cut.safetensors"), "x"],
      /cut\.safetensors: checkpoint: the file is cut short/,
    ],
    [
      "another flag",
      () => ["evaluate", at("book"), "--lenght", "3"],
      /unknown option '--lenght' \(Did you mean --length\?\)/,
    ],
    ["an empty prompt", () => ["generate", at("book"), ""], /a text must hold at least one token, got ""/],
    ["an unknown symbol", () => ["generate", at("answers"), "abxd"], /may only hold the task's symbols, got "xd"/],
    ["a long source", () => ["generate", at("answers"), "abcdabcd"], /a source may have at most 5 tokens, got 8/],
    ["an encoder's text", () => ["generate", at("projected"), "x"], /an encoder writes no text/],
    [
      "no weights",
      () => ["attention", at("projected"), "sea"],
      /linformer attention cannot show weights: .*projected keys/,
    ],
    [
      "a picture's kind",
      () => ["attention", at("book"), "x", "--out", "x.gif"],
      /--out: the extension must be one of \.svg/,
    ],
    ["no beams", () => ["generate", at("book"), "x", "--beams", "0"], /--beams: must be a whole number of at least 1/],
    ["too large a top-p", () => ["generate", at("book"), "x", "--top-p", "1.5"], /top-p: p must be .*got 1\.5/],
    ["no such length", () => ["evaluate", at("book"), "--length", "3,x"], /--length: must be a whole number/],
    [
      "a length beyond a learned table",
      () => ["evaluate", at("learned"), "--length", "9"],
      /"position\..*" must have shape \[9,8\], got \[8,8\]/,
    ],
    [
      "a text to draw that is too long",
      () => ["attention", at("book"), "x".repeat(17)],
      /at most maxLength 16 tokens, got 17/,
    ],
  ];
  test.each(cases)("%s", async (_, args, sentence) => {
    const { code, err } = await attn(...args(), ...cpu);
    expect(err).toMatch(sentence);
    expect(err.trim()).not.toContain("\n");
    expect(code).toBeGreaterThan(0);
  });

  test("a loss that is not a number stops the run at its step and keeps the checkpoint before it", async () => {
    const words = ["--task", "letters", "--variant", "full", "--learning-rate", "1e30", "--clip", "0"];
    const often = ["--schedule", "constant:warmup=0", "--checkpoint-every", "1"];
    const { code, err } = await attn("train", ...words, ...often, ...size, "--out", at("nan"));
    expect(code).toBe(1);
    expect(err).toMatch(/the loss of step 2 is NaN: .*\(the checkpoint of step 1 is kept in .*nan\)/);
    const { scores } = await json("evaluate", at("nan"), "--batches", "1");
    expect(scores).toHaveLength(1);
  });

  test("a folder with another model's checkpoint is refused", async () => {
    const words = [...(models["book"] ?? []), ...size, "--d-model", "16", "--out", at("other")];
    mkdirSync(at("other"));
    copyFileSync(join(at("book"), "checkpoint.safetensors"), join(at("other"), "checkpoint.safetensors"));
    const { code, err } = await attn("train", ...words);
    expect(code).toBe(1);
    expect(err).toMatch(/made by another run \(model\.dModel is 8 there and 16 here\)/);
  });

  test("a folder that may not be written is refused before training", async () => {
    writeFileSync(at("file"), "");
    const { code, err } = await attn("train", ...(models["book"] ?? []), ...size, "--out", join(at("file"), "run"));
    expect(code).toBe(1);
    expect(err).toMatch(/train: cannot make .*: a part of the path is a file, not a folder/);
    expect(err).not.toContain("step 1");
  });
});
