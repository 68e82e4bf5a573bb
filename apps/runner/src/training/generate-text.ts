import {
  beamSearch,
  decode,
  greedy,
  type HistoryFilter,
  type LengthPenalty,
  noRepeatedRun,
  repetitionPenalty,
  sample,
} from "@attention-lab/decoders";
import type { Writing } from "./system.ts";

export interface GenerateOptions {
  readonly maxTokens: number;
  readonly seed: number;
  /** 0 is greedy; 1 unless given. */
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
  /** Beams of a search, which takes the place of sampling. */
  readonly beams?: number | undefined;
  readonly lengthPenalty?: LengthPenalty | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly noRepeat?: number | undefined;
  /** Gets the text as it is made; a search gives it at once. */
  readonly onText?: (text: string) => void;
}

/** Lets a model write, and gives back what it wrote. The model's state is freed, whatever happens. */
export async function generateText(writing: Writing, options: GenerateOptions): Promise<string> {
  try {
    return options.beams === undefined
      ? await streamed(writing, options)
      : await searched(writing, options, options.beams);
  } finally {
    writing.release();
  }
}

async function streamed(writing: Writing, options: GenerateOptions): Promise<string> {
  const { model, prompt, stop } = writing;
  const { seed, onText } = options;
  const maxTokens = Math.min(options.maxTokens, writing.longest);
  const text = new GrowingText(writing);
  const filters = historyFilters(options);
  const strategy = strategyOf(options);
  const whenFull = writing.continues ? ("slide" as const) : ("refuse" as const);
  for await (const id of decode({ model, prompt, maxTokens, strategy, seed, stop, filters, whenFull })) {
    if (stop.includes(id)) break;
    const fresh = text.add(id);
    onText?.(fresh);
  }
  const rest = text.end();
  onText?.(rest);
  return text.whole;
}

async function searched(writing: Writing, options: GenerateOptions, beams: number): Promise<string> {
  const { model, prompt, stop } = writing;
  const { lengthPenalty = { rule: "gnmt", alpha: 0.6 } } = options;
  const maxTokens = Math.min(options.maxTokens, writing.longest);
  const filters = historyFilters(options);
  const [found] = await beamSearch({ model, prompts: [prompt], maxTokens, beams, stop, lengthPenalty, filters });
  const text = writing.decode((found?.[0]?.ids ?? []).filter((id) => !stop.includes(id)));
  options.onText?.(text);
  return text;
}

function strategyOf({ temperature, topK, topP, minP }: GenerateOptions) {
  if (temperature === 0) return greedy();
  return sample({
    ...(temperature === undefined ? {} : { temperature }),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(minP === undefined ? {} : { minP }),
  });
}

function historyFilters({ repetitionPenalty: penalty, noRepeat }: GenerateOptions): HistoryFilter[] {
  return [
    ...(penalty === undefined ? [] : [repetitionPenalty(penalty)]),
    ...(noRepeat === undefined ? [] : [noRepeatedRun(noRepeat)]),
  ];
}

/** Text of a growing row of ids: a letter of several bytes is given out when its last byte has come. */
class GrowingText {
  readonly #ids: number[] = [];
  readonly #writing: Writing;
  #given = 0;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  get whole(): string {
    return this.#writing.decode(this.#ids);
  }

  add(id: number): string {
    this.#ids.push(id);
    const text = this.whole;
    return text.endsWith("\uFFFD") ? "" : this.#give(text);
  }

  /** What is left, whole letters or not. */
  end(): string {
    return this.#give(this.whole);
  }

  #give(text: string): string {
    const fresh = text.slice(this.#given);
    this.#given = text.length;
    return fresh;
  }
}
