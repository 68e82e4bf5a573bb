import {
  type Filter,
  minP as byMinP,
  temperature as byTemperature,
  type Ties,
  topK as byTopK,
  topP as byTopP,
  typical as byTypical,
} from "./filters.ts";
import { argmax, draw, softmax } from "./probabilities.ts";

/** How the next token is chosen from a row of logits [V]: a pure function of the row and one uniform number of [0, 1). */
export interface Strategy {
  readonly name: string;
  choose(logits: Float32Array, uniform: number): number;
}

/** The most likely token; the lower id among equals. */
export function greedy(): Strategy {
  return { name: "greedy", choose: argmax };
}

export interface SampleOptions {
  /** 1 unless given; 0 is greedy. */
  readonly temperature?: number;
  /** Absent: every token. */
  readonly topK?: number;
  /** Absent: every token. */
  readonly topP?: number;
  /** Absent: every token. */
  readonly minP?: number;
  /** Mass of locally typical tokens. Absent: every token. */
  readonly typical?: number;
  /** Who stays among equals at the edge of top-k, top-p and typical: the lower ids unless given. */
  readonly ties?: Ties;
}

/** A draw from softmax(logits / temperature), restricted by top-k, then by top-p, then by min-p, then by typicality. */
export function sample({ temperature = 1, topK, topP, minP, typical, ties = "first" }: SampleOptions = {}): Strategy {
  const filters: Filter[] = [byTemperature(temperature)];
  if (topK !== undefined) filters.push(byTopK(topK, { ties }));
  if (topP !== undefined) filters.push(byTopP(topP, { ties }));
  if (minP !== undefined) filters.push(byMinP(minP));
  if (typical !== undefined) filters.push(byTypical(typical, { ties }));
  return {
    name: "sample",
    choose(logits, uniform) {
      const filtered = filters.reduce((row, filter) => filter(row), logits);
      return draw(softmax(filtered), uniform);
    },
  };
}
