import { readAttention, type AttentionConfig } from "@attention-lab/catalog";
import { invalid } from "@attention-lab/tensors";
import { smallRun, variantDefaults, type LanguageRun } from "./language-run.ts";

/** What the command line of `attn train` says about the run. */
export interface TrainWords {
  readonly variant: string;
  readonly with?: readonly string[];
  readonly steps: number;
  readonly length: number;
  readonly batch: number;
  readonly layers: number;
  readonly heads: number;
  readonly dModel: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** The run that the words describe; what they leave open is `smallRun`'s. */
export function languageRun(words: TrainWords): LanguageRun {
  const { steps, length, batch, layers, heads, dModel, learningRate, seed } = words;
  const warmup = Math.min(smallRun.warmup, Math.ceil(steps / 10));
  const shape = { layers, heads, dModel, feedForward: 4 * dModel, length, batchSize: batch };
  return { ...smallRun, ...shape, steps, warmup, learningRate, seed, attention: chosenAttention(words) };
}

/** The variant by name with its usual options, overridden by words such as `features=128` or `map=relu`. */
function chosenAttention({ variant: name, with: words = [] }: TrainWords): AttentionConfig {
  const usual = Object.hasOwn(variantDefaults, name) ? variantDefaults[name] : {};
  const { options } = readAttention({ name, ...usual, ...Object.fromEntries(words.map(readWord)) });
  return { name, ...options } as AttentionConfig;
}

function readWord(word: string): [key: string, value: unknown] {
  const at = word.indexOf("=");
  if (at < 1) throw invalid("--with", "an option of the variant must have the form KEY=VALUE", word);
  return [word.slice(0, at), readValue(word.slice(at + 1))];
}

function readValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** For commander: a whole number of at least `least`. */
export function whole(name: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= least)) throw invalid(`--${name}`, `must be a whole number of at least ${least}`, text);
    return value;
  };
}

/** For commander: a positive number, or 0 where that has a meaning. */
export function amount(name: string, { zero }: { readonly zero: boolean }): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!(Number.isFinite(value) && (value > 0 || (zero && value === 0)))) {
      throw invalid(`--${name}`, `must be a ${zero ? "number of at least 0" : "positive number"}`, text);
    }
    return value;
  };
}
