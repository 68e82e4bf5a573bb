import { invalid, positiveInteger } from "@attention-lab/tensors";
import { bestExtensions, type Beam, type ScoreOptions } from "./beam-extensions.ts";
import { checkRequest, checkSomeLeft } from "./check.ts";
import type { LanguageModel } from "./language-model.ts";
import { lengthDivisor, type LengthPenalty } from "./length-penalty.ts";
import { windowReader } from "./window-reader.ts";

/**
 * When a search ends, once `beams` hypotheses have finished:
 *
 * - "hopeless": when no live beam can still beat the worst of them, whatever follows. Exact: log-probabilities only fall.
 * - "enough": at once (Hugging Face's `early_stopping=True`).
 * - "heuristic": when the best live beam, were it to end now, would not beat the worst of them (Hugging Face's `early_stopping=False`);
 *   it may stop too early where alpha is above 0.
 */
export type StopRule = "hopeless" | "enough" | "heuristic";

export interface BeamSearchOptions extends ScoreOptions {
  /** For an encoder-decoder model: `conditioned(model, source)`. */
  readonly model: LanguageModel;
  /** Of equal length. */
  readonly prompts: readonly (readonly number[])[];
  /** Most tokens to produce, the stop token counted; hypotheses that reach it finish as they are. */
  readonly maxTokens: number;
  /** Hypotheses that are kept at every step: at least 1, which is greedy. */
  readonly beams: number;
  /** Ids that end a hypothesis. */
  readonly stop: readonly number[];
  readonly lengthPenalty: LengthPenalty;
  /** "hopeless" unless given. */
  readonly stopRule?: StopRule;
  /** Hypotheses to return per prompt, at most `beams`; 1 unless given. */
  readonly results?: number;
  /** Whether the model's cache is used; absent: if the model has one. */
  readonly cached?: boolean;
}

export interface Hypothesis {
  /** Produced ids, the stop id included. */
  readonly ids: readonly number[];
  /** Sum of the log-probabilities of the ids, in nats. */
  readonly logProbability: number;
  /** The log-probability divided by the length penalty. */
  readonly score: number;
  /** Whether a stop id ended it; otherwise maxTokens did. */
  readonly stopped: boolean;
}

interface Search {
  readonly origin: number;
  readonly live: readonly Beam[];
  readonly finished: readonly Hypothesis[];
}

/**
 * Beam search over a batch of prompts (Graves 2012; Wu et al. 2016, section 7): the best hypotheses of each prompt, best first. At every step
 * the best (1 + stop ids, at least 2) x `beams` extensions are ranked; one that ends and stands among the first `beams` has finished, and the
 * best `beams` that go on stay live. Ties go to the better beam, then to the lower id. States and caches are reordered along with the beams.
 *
 * @throws RangeError for prompts of unequal length, `beams` below 1, `results` above `beams`, ids outside the vocabulary, sequences that
 * outgrow maxLength, and when filters leave nothing to choose before anything has finished.
 */
export async function beamSearch(options: BeamSearchOptions): Promise<Hypothesis[][]> {
  const { prompts, maxTokens, results = 1 } = options;
  check(options);
  const reader = windowReader(options.model, options.cached);
  const given = prompts[0]?.length ?? 0;
  const done: Hypothesis[][] = prompts.map(() => []);
  try {
    let searches = prompts.map((prompt, origin): Search => ({
      origin,
      live: [{ ids: prompt, logProbability: 0, from: origin }],
      finished: [],
    }));
    for (let count = 1; count <= maxTokens && searches.length > 0; count++) {
      const rows = searches.flatMap(({ live, origin }) => live.map(({ ids }) => ({ ids, origin })));
      const logits = await reader.read(rows, given + count - 1);
      let first = 0;
      const next = searches.map((search) => {
        const own = logits.slice(first, first + search.live.length);
        const extended = extend(search, own, first, count, options);
        first += search.live.length;
        return extended;
      });
      for (const { origin, finished } of next) done[origin] = finished.slice(0, results);
      searches = next.filter((search) => search.live.length > 0 && !isOver(search, count, options));
      if (searches.length > 0) reader.select(searches.flatMap(({ live }) => live.map(({ from }) => from)));
    }
  } finally {
    reader.release();
  }
  return done;
}

/** One step of one search, whose live beams are the reader's rows from `first` on. */
function extend(
  { origin, live, finished }: Search,
  logits: readonly Float32Array[],
  first: number,
  count: number,
  options: BeamSearchOptions,
): Search {
  const { model, beams, stop, maxTokens, lengthPenalty } = options;
  const divisor = lengthDivisor(lengthPenalty)(count);
  const width = beams * Math.max(2, 1 + new Set(stop).size);
  const ranked = bestExtensions(live, logits, width, model.vocabulary, options);
  if (ranked.length === 0 && finished.length === 0) checkSomeLeft("beam search", [], count - 1);
  const ended = (id: number) => count === maxTokens || stop.includes(id);
  const fresh = ranked.slice(0, beams).flatMap(({ ids, logProbability }): Hypothesis[] => {
    const id = ids.at(-1) ?? 0;
    if (!ended(id)) return [];
    const produced = ids.slice(-count);
    return [{ ids: produced, logProbability, score: logProbability / divisor, stopped: stop.includes(id) }];
  });
  return {
    origin,
    live: ranked
      .filter(({ ids }) => !ended(ids.at(-1) ?? 0))
      .slice(0, beams)
      .map((beam) => ({ ...beam, from: first + beam.from })),
    finished: [...finished, ...fresh].sort((a, b) => b.score - a.score).slice(0, beams), // a stable sort: the older of equals first
  };
}

function isOver({ live, finished }: Search, count: number, options: BeamSearchOptions): boolean {
  const { beams, maxTokens, lengthPenalty, stopRule = "hopeless" } = options;
  const worst = finished[beams - 1];
  if (worst === undefined) return false;
  if (stopRule === "enough") return true;
  const divisor = lengthDivisor(lengthPenalty);
  const best = live[0]?.logProbability ?? -Infinity;
  // The divisor is monotone in n, so its largest value, which is the kindest to a negative number, is at one of the ends.
  const kindest = stopRule === "heuristic" ? divisor(count) : Math.max(divisor(count + 1), divisor(maxTokens));
  return best / kindest <= worst.score;
}

const words = {
  stopRule: ["hopeless", "enough", "heuristic"] satisfies StopRule[],
  filtersOn: ["logProbabilities", "logits"] satisfies ScoreOptions["filtersOn"][],
} as const;

function check(options: BeamSearchOptions): void {
  const who = "beam search";
  const { prompts, beams, results = 1, lengthPenalty } = options;
  positiveInteger(who, "beams", beams);
  positiveInteger(who, "results", results);
  positiveInteger(who, "maxTokens", options.maxTokens);
  if (results > beams) throw invalid(who, `results must be at most the ${beams} beams`, results);
  for (const [name, allowed] of Object.entries(words)) {
    const chosen = options[name as keyof typeof words];
    if (chosen !== undefined && !(allowed as readonly string[]).includes(chosen)) {
      throw invalid(who, `${name} must be one of ${allowed.join(", ")}`, chosen);
    }
  }
  lengthDivisor(lengthPenalty);
  checkRequest(who, options);
  const other = prompts.find((prompt) => prompt.length !== prompts[0]?.length);
  if (other !== undefined) {
    throw invalid(who, `prompts must be of equal length ${prompts[0]?.length ?? 0}`, other.length);
  }
}
