import { accept, type Attention } from "@attention-lab/attention";
import { type CellChoice, checkCell, oneOf } from "@attention-lab/nn";
import { invalid, positiveInteger } from "@attention-lab/tensors";

/** How a decoder looks back at the source. */
export interface AttentiveContext {
  /** Any variant that honours crossAttention: `bahdanau`, `luong`, or another. */
  readonly attention: Attention;
  /**
   * With which state: "before" the cell, with the previous one, and the context is part of the cell's input (Bahdanau et al. 2015); "after"
   * the cell, with the current one, and tanh(W [c; h]) is what the output reads (Luong et al. 2015, eq. 5).
   */
  readonly attend: "before" | "after";
  /** Whether that tanh is part of the next step's input (Luong et al. 2015, section 3.3), where `attend` is "after"; false unless given. */
  readonly inputFeeding?: boolean;
}

export interface RecurrentSeq2SeqOptions extends CellChoice {
  /** Number of token ids of the target. */
  readonly vocabulary: number;
  /** Number of token ids of the source; `vocabulary` unless given. The two never share a table. */
  readonly sourceVocabulary?: number;
  /** Width of both embeddings. */
  readonly embedding: number;
  /** Width of the decoder's state and of what the encoder says of each position. */
  readonly units: number;
  /** Of the encoder and of the decoder, each. */
  readonly layers: number;
  /** Whether the encoder reads both ways, with units / 2 each, side by side; false unless given. */
  readonly bidirectional?: boolean;
  /** Whether an encoder of one way reads the source from its end (Sutskever et al. 2014, section 3.3); false unless given. */
  readonly reverseSource?: boolean;
  /** "fixed": the encoder's last state starts the decoder and is all it gets (Sutskever et al. 2014). */
  readonly context: "fixed" | AttentiveContext;
  /** Probability that an embedding's value, an output of a layer or what the output reads is dropped in training. */
  readonly dropout: number;
  /** Longest source and target; any length unless given. */
  readonly maxLength?: number;
  readonly seed: number;
}

/** Checks what no inner layer would name as well. */
export function checkRecurrent(who: string, options: RecurrentSeq2SeqOptions): void {
  const { vocabulary, sourceVocabulary = vocabulary, embedding, units, layers, context } = options;
  for (const [name, value] of Object.entries({ vocabulary, sourceVocabulary, embedding, units, layers })) {
    positiveInteger(who, name, value);
  }
  if (options.maxLength !== undefined) positiveInteger(who, "maxLength", options.maxLength);
  checkCell(who, options);
  if (options.bidirectional === true && units % 2 !== 0) {
    throw invalid(who, "units must be even where the encoder reads both ways", units);
  }
  if (options.bidirectional === true && options.reverseSource === true) {
    throw new RangeError(`${who}: reverseSource needs an encoder of one way, got one that reads both`);
  }
  if (typeof context === "string") {
    oneOf(who, 'context without an "attention"', context, ["fixed"]);
    return;
  }
  oneOf(who, "attend", context.attend, ["before", "after"]);
  accept(context.attention, ["crossAttention"]);
  if (context.inputFeeding === true && context.attend === "before") {
    throw new RangeError(`${who}: inputFeeding needs attend "after", got "before", where the context is fed already`);
  }
}
