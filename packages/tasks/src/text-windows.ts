import { deriveSeed, integers, invalid, positiveInteger } from "@attention-lab/tensors";
import { requireHeldOut } from "./batches.ts";
import { byteVocabulary, characterVocabulary, type Vocabulary } from "./vocabulary.ts";

export interface WindowOptions {
  readonly name: string;
  readonly text: string;
  /** "character" is the characters of the text itself. */
  readonly vocabulary: "byte" | "character" | Vocabulary;
  readonly length: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Part of the tokens, at the end of the text, that is never trained on; a tenth unless given. */
  readonly validationFraction?: number;
}

/** Windows of length + 1 tokens of a text. */
export interface TextWindows {
  readonly vocabulary: Vocabulary;
  /** Bytes of UTF-8 text per token of the held-out part. */
  readonly bytesPerToken: number;
  /** At counter-based random places of the first part. */
  readonly training: (step: number) => Int32Array[];
  readonly validationBatches: number;
  /** Tiles of the last part, without overlap but for the token that is only a target; the last partial batch is left out. */
  readonly validation: (index: number) => Int32Array[];
}

/** Errors: RangeError when a split is shorter than one window, or an option is out of range. */
export function textWindows(options: WindowOptions): TextWindows {
  const { name, text, length, batchSize, seed, validationFraction = 0.1 } = options;
  positiveInteger(name, "length", length);
  positiveInteger(name, "batchSize", batchSize);
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw invalid(name, "validationFraction must lie between 0 and 1", validationFraction);
  }
  const vocabulary = vocabularyOf(options);
  const tokens = Int32Array.from(vocabulary.encode(text));
  const cut = Math.floor(tokens.length * (1 - validationFraction));
  const [training, validation] = [tokens.subarray(0, cut), tokens.subarray(cut)];
  const shortest = Math.min(training.length, validation.length);
  if (shortest < length + 1)
    throw invalid(name, `a split must hold a window of length + 1 = ${length + 1} tokens`, shortest);
  const windows = (part: Int32Array, starts: readonly number[]) =>
    starts.map((start) => part.subarray(start, start + length + 1));
  const validationBatches = Math.floor(Math.floor((validation.length - 1) / length) / batchSize);
  return {
    vocabulary,
    bytesPerToken: new TextEncoder().encode(vocabulary.decode(validation)).length / validation.length,
    training(step) {
      const starts = integers(deriveSeed(seed, name, "batch", step), batchSize, training.length - length);
      return windows(training, [...starts]);
    },
    validationBatches,
    validation(index) {
      requireHeldOut(index, validationBatches);
      return windows(
        validation,
        Array.from({ length: batchSize }, (_, row) => (index * batchSize + row) * length),
      );
    },
  };
}

function vocabularyOf({ vocabulary, text }: WindowOptions): Vocabulary {
  if (vocabulary === "byte") return byteVocabulary();
  return vocabulary === "character" ? characterVocabulary(text) : vocabulary;
}
