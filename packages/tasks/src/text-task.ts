import { tensor2d } from "@tensorflow/tfjs-core";
import { deriveSeed, integers, invalid, positiveInteger } from "@attention-lab/tensors";
import type { Batch, LanguageTask } from "./task.ts";
import { byteVocabulary, characterVocabulary } from "./vocabulary.ts";

export interface TextTaskOptions {
  readonly name: string;
  readonly text: string;
  readonly vocabulary: "byte" | "character";
  readonly length: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Part of the tokens, at the end of the text, that is never trained on. */
  readonly validationFraction?: number;
}

/**
 * Next-token prediction on a text. Training windows start at counter-based random positions of the first part; validation
 * windows tile the last part (a tenth unless said otherwise) without overlap.
 *
 * Errors: RangeError when a split is shorter than one window, or an option is out of range.
 */
export function textTask(options: TextTaskOptions): LanguageTask {
  const { name, text, length, batchSize, seed, validationFraction = 0.1 } = options;
  positiveInteger(name, "length", length);
  positiveInteger(name, "batchSize", batchSize);
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw invalid(name, "validationFraction must lie between 0 and 1", validationFraction);
  }
  const vocabulary = options.vocabulary === "byte" ? byteVocabulary() : characterVocabulary(text);
  const tokens = Int32Array.from(vocabulary.encode(text));
  const cut = Math.floor(tokens.length * (1 - validationFraction));
  const [training, validation] = [tokens.subarray(0, cut), tokens.subarray(cut)];
  const shortest = Math.min(training.length, validation.length);
  if (shortest < length + 1)
    throw invalid(name, `a split must hold a window of length + 1 = ${length + 1} tokens`, shortest);

  const windows = Math.floor((validation.length - 1) / length);
  const validationText = vocabulary.decode(validation);
  return {
    name,
    vocabulary: vocabulary.size,
    length,
    batchSize,
    bytesPerToken: new TextEncoder().encode(validationText).length / validation.length,
    batch: (step) => {
      const starts = integers(deriveSeed(seed, name, "batch", step), batchSize, training.length - length);
      return windowsAt(training, starts, length);
    },
    validationBatches: Math.floor(windows / batchSize),
    validationBatch: (index) => {
      const starts = Array.from({ length: batchSize }, (_, row) => (index * batchSize + row) * length);
      return windowsAt(validation, starts, length);
    },
    encode: (input) => vocabulary.encode(input),
    decode: (ids) => vocabulary.decode(ids),
  };
}

function windowsAt(tokens: Int32Array, starts: ArrayLike<number>, length: number): Batch {
  const inputs = new Int32Array(starts.length * length);
  const targets = new Int32Array(starts.length * length);
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row] as number;
    inputs.set(tokens.subarray(start, start + length), row * length);
    targets.set(tokens.subarray(start + 1, start + 1 + length), row * length);
  }
  const shape: [number, number] = [starts.length, length];
  return { inputs: tensor2d(inputs, shape, "int32"), targets: tensor2d(targets, shape, "int32") };
}
