import { deriveSeed, invalid } from "@attention-lab/tensors";
import { type Asked, askedBatch } from "./batches.ts";
import { type Draws, draws } from "./draws.ts";
import { tokenAccuracy } from "./scores.ts";
import type { Batch, MaskedTokens } from "./task.ts";
import { textWindows, type WindowOptions } from "./text-windows.ts";

export interface MaskedTextOptions extends WindowOptions {
  /** Share of the tokens that are to be predicted, in (0, 1); 0.15 unless given. */
  readonly share?: number;
}

/**
 * Masked tokens (Devlin et al. 2019, section 3.1 and appendix A.1): a share of the tokens of a window is to be predicted, at least one; of
 * these, four fifths are replaced by `mask`, a tenth by a random token, and a tenth stay. Held-out windows are hidden the same way for every model.
 *
 * Errors: those of the windows, and RangeError for a share out of range.
 */
export function maskedText(options: MaskedTextOptions): MaskedTokens {
  const { name, length, batchSize, seed, share = 0.15 } = options;
  if (!(share > 0 && share < 1)) throw invalid(name, "share must lie between 0 and 1", share);
  const { vocabulary, training, validation, validationBatches } = textWindows(options);
  const mask = vocabulary.size;
  const hidden = (windows: readonly Int32Array[], split: string, batch: number): Batch => {
    const rows = windows.map((window, row) =>
      hide([...window.subarray(0, length)], share, mask, draws(deriveSeed(seed, name, split, batch, row))),
    );
    return askedBatch(rows, length);
  };
  return {
    kind: "masked",
    name,
    batchSize,
    chance: { score: 1 / mask, guess: `one of the ${mask} tokens, each as likely` },
    measure: "token accuracy",
    score: tokenAccuracy,
    vocabulary: mask + 1,
    length,
    mask,
    batch: (step) => hidden(training(step), "mask", step),
    validationBatches,
    validationBatch: (index) => hidden(validation(index), "held-out mask", index),
    decode: (tokens) => vocabulary.decode([...tokens].filter((token) => token !== mask)),
  };
}

function hide(tokens: readonly number[], share: number, mask: number, choose: Draws): Asked {
  const count = Math.max(1, Math.round(share * tokens.length));
  const asked = new Set(choose.shuffled([...tokens.keys()]).slice(0, count));
  const inputs = tokens.map((token, place) => {
    if (!asked.has(place)) return token;
    const kind = choose.below(10);
    return kind < 8 ? mask : kind === 8 ? choose.below(mask) : token;
  });
  return { inputs, targets: tokens.map((token, place) => (asked.has(place) ? token : -1)) };
}
