import { existsSync, readFileSync } from "node:fs";
import { readWord } from "@attention-lab/sweep";
import type { Command } from "commander";
import { amount, whole } from "../numbers.ts";
import { fillRun } from "./defaults.ts";
import { type Named, parseRun, type Run, type RunConfig } from "./run.ts";
import { attentionWords, namedWord } from "./words.ts";

/** What the command line says about a run; what it leaves open, the config file or the defaults say. */
export interface TrainWords {
  readonly config?: string;
  readonly variant?: string;
  readonly with?: readonly string[];
  readonly attention?: readonly string[];
  readonly model?: string;
  readonly position?: string;
  readonly task?: string;
  readonly optimizer?: string;
  readonly schedule?: string;
  readonly steps?: number;
  readonly length?: number;
  readonly batch?: number;
  readonly layers?: number;
  readonly heads?: number;
  readonly dModel?: number;
  readonly dropout?: number;
  readonly learningRate?: number;
  readonly accumulate?: number;
  readonly clip?: number;
  readonly smoothing?: number;
  readonly evaluateEvery?: number;
  readonly patience?: number;
  readonly seed?: number;
}

/** Options have no defaults here: a default would win over the config file. */
export function addRunOptions(command: Command): Command {
  const words = "NAME or NAME:KEY=VALUE,KEY=VALUE";
  return command
    .option("--config <file>", "a run as JSON, such as the run.json of another; options win over it")
    .option("--variant <name>", "attention variant of every layer (default: longformer for text)")
    .option("--with <options...>", "options of the variant, KEY=VALUE such as features=128")
    .option("--attention <words...>", "a variant for each layer, such as 3xlongformer:before=64,after=0 full")
    .option(
      "--model <word>",
      "decoder, encoder, encoder-decoder or recurrent, and options: decoder:norm=post,activation=relu",
    )
    .option("--position <word>", `position encoding, ${words} (default: rope)`)
    .option("--task <word>", `what is learned, ${words} (default: moby-dick)`)
    .option("--optimizer <word>", `adamw, adam or sgd, ${words} (default: adamw:weightDecay=0.1,beta2=0.99)`)
    .option("--schedule <word>", `cosine, linear, constant, inverse-sqrt or noam, ${words} (default: cosine)`)
    .option("--steps <n>", "training steps (default: 300)", whole("steps", 1))
    .option("--length <n>", "tokens of a training window (default: 256)", whole("length", 1))
    .option("--batch <n>", "sequences of a batch (default: 8)", whole("batch", 1))
    .option("--layers <n>", "blocks (default: 4)", whole("layers", 1))
    .option("--heads <n>", "attention heads (default: 4)", whole("heads", 1))
    .option("--d-model <n>", "width (default: 128)", whole("d-model", 1))
    .option("--dropout <x>", "share of values dropped in training (default: 0)", amount("dropout", { zero: true }))
    .option("--learning-rate <x>", "highest learning rate (default: 0.002)", amount("learning-rate", { zero: false }))
    .option("--accumulate <n>", "batches of a step (default: 1)", whole("accumulate", 1))
    .option("--clip <x>", "largest norm of the gradients; 0 does not clip (default: 1)", amount("clip", { zero: true }))
    .option("--smoothing <x>", "label smoothing over all classes (default: 0)", amount("smoothing", { zero: true }))
    .option("--evaluate-every <n>", "steps between evaluations (default: at the end)", whole("evaluate-every", 1))
    .option("--patience <n>", "evaluations without a better one before the run stops", whole("patience", 1))
    .option("--seed <n>", "of parameters, batches and text (default: 1)", whole("seed", 0));
}

/** The run that config file and words describe, with nothing left open. */
export function runOf(words: TrainWords): Run {
  const file: Partial<RunConfig> = words.config === undefined ? {} : parseRun(words.config, readJson(words.config));
  const { labelSmoothing: smoothing } = file;
  const { steps, accumulate, evaluateEvery, patience, seed, clip, smoothing: amount } = words;
  const given = {
    ...file,
    ...section("task", file.task, words.task, { length: words.length, batchSize: words.batch }),
    model: { ...file.model, ...modelOf(words) },
    ...attentionOf(words),
    ...section("position", file.position, words.position),
    ...section("optimizer", file.optimizer, words.optimizer),
    ...section("schedule", file.schedule, words.schedule, { learningRate: words.learningRate }),
    ...stated({ steps, accumulate, evaluateEvery, patience, seed }),
    ...(clip === undefined ? {} : { clipNorm: clip === 0 ? null : clip }),
    ...(amount === undefined ? {} : { labelSmoothing: { over: "all", ...smoothing, amount } }),
  };
  return fillRun(parseRun("train", given));
}

/** A part by name: the word replaces what the file says, single values are added to either. */
function section(
  key: "task" | "position" | "optimizer" | "schedule",
  file: Named | undefined,
  word: string | undefined,
  values: Readonly<Record<string, number | undefined>> = {},
): Partial<Record<typeof key, Named>> {
  const chosen = word === undefined ? file : namedWord(`--${key}`, word);
  const added = stated(values);
  if (chosen === undefined && Object.keys(added).length === 0) return {};
  const usual = { task: "moby-dick", schedule: "cosine", position: "rope", optimizer: "adamw" } as const;
  return { [key]: { name: usual[key], ...chosen, ...added } };
}

function modelOf({ model, layers, heads, dModel, dropout }: TrainWords): Readonly<Record<string, unknown>> {
  const { name, ...options } = model === undefined ? {} : namedWord("--model", model);
  return { ...(name === undefined ? {} : { kind: name }), ...options, ...stated({ layers, heads, dModel, dropout }) };
}

function attentionOf({ attention, variant, with: words = [] }: TrainWords) {
  if (attention !== undefined) return { attention: attentionWords("--attention", attention) };
  if (variant === undefined && words.length === 0) return {};
  const options = Object.fromEntries(words.map((word) => readWord("--with", word)));
  return { attention: { ...options, name: variant ?? "longformer" } };
}

function stated(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function readJson(file: string): unknown {
  if (!existsSync(file)) throw new RangeError(`${file}: there is no such config file`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new RangeError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
