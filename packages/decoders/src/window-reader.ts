import { isStepwise, type LanguageModel } from "./language-model.ts";
import { type Reader, steppedReader, wholeReader } from "./reader.ts";

/**
 * Reads with the model's cache where it has one and `cached` is not false, and computes anew from the moment that sequences outgrow
 * maxLength: the window has then moved and the cache is worthless.
 */
export function windowReader(model: LanguageModel, cached: boolean | undefined): Reader {
  if (cached === true && !isStepwise(model)) {
    throw new RangeError("decode: cached decoding needs a model whose every layer is stepwise, got one that is not");
  }
  let stepped = isStepwise(model) && cached !== false ? steppedReader(model) : undefined;
  const whole = wholeReader(model);
  return {
    read(rows, length) {
      if (length > model.maxLength) {
        stepped?.release();
        stepped = undefined;
      }
      return (stepped ?? whole).read(rows, length);
    },
    select: (from) => stepped?.select(from),
    release: () => stepped?.release(),
  };
}
