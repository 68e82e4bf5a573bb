import { askedBatch } from "./batches.ts";
import { tokenAccuracy } from "./scores.ts";
import type { Batch, LanguageTask } from "./task.ts";
import { textWindows, type WindowOptions } from "./text-windows.ts";

/**
 * Next-token prediction on a text. Training windows start at counter-based random positions of the first part; validation
 * windows tile the last part (a tenth unless said otherwise) without overlap.
 *
 * Errors: RangeError when a split is shorter than one window, or an option is out of range.
 */
export function textTask(options: WindowOptions): LanguageTask {
  const { name, length, batchSize } = options;
  const { vocabulary, bytesPerToken, training, validation, validationBatches } = textWindows(options);
  const shifted = (windows: readonly Int32Array[]): Batch =>
    askedBatch(
      windows.map((window) => ({ inputs: [...window.subarray(0, length)], targets: [...window.subarray(1)] })),
      length,
    );
  return {
    kind: "language",
    name,
    batchSize,
    chance: { score: 1 / vocabulary.size, guess: `one of the ${vocabulary.size} tokens, each as likely` },
    measure: "token accuracy",
    score: tokenAccuracy,
    vocabulary: vocabulary.size,
    length,
    bytesPerToken,
    batch: (step) => shifted(training(step)),
    validationBatches,
    validationBatch: (index) => shifted(validation(index)),
    encode: (input) => vocabulary.encode(input),
    decode: (ids) => vocabulary.decode(ids),
  };
}
