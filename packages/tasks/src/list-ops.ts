import { invalid } from "@attention-lab/tensors";
import { classificationTask, type Labelled } from "./classification-task.ts";
import { defineTask } from "./define-task.ts";
import type { Draws } from "./draws.ts";
import { exampleSource } from "./example-source.ts";
import { symbolVocabulary } from "./vocabulary.ts";

const operators = ["[MIN", "[MAX", "[MED", "[SM"] as const;
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
const symbols = symbolVocabulary([...digits, ...operators, "]"], { between: " " });
const close = symbols.size - 1;
/** Probability that a node above the deepest level is an operator. */
const operatorShare = 0.25;

/** An expression as symbol ids, and its value. */
interface Tree {
  readonly tokens: readonly number[];
  readonly value: number;
}

/**
 * Value of an operator: the least, the greatest, the median (the mean of the middle two, rounded down) or the sum modulo 10.
 */
export function applyOperator(operator: (typeof operators)[number], values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (operator === "[MIN") return sorted[0] ?? 0;
  if (operator === "[MAX") return sorted.at(-1) ?? 0;
  if (operator === "[SM") return values.reduce((sum, value) => sum + value, 0) % 10;
  return Math.floor(((sorted[Math.ceil(middle - 1)] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2);
}

/**
 * Long Range Arena's generator: a digit, or with probability 1/4 an operator on 2 to `maxArgs` trees. Nothing comes of a tree of more than
 * `most` tokens: it would be drawn again, and some have thousands.
 */
function tree(draws: Draws, most: number, levels: number, maxArgs: number): Tree | undefined {
  if (most < 1) return undefined;
  if (levels <= 1 || draws.uniform() > operatorShare) {
    const digit = draws.below(10);
    return { tokens: [digit], value: digit };
  }
  const parts: Tree[] = [];
  let length = 2;
  for (let left = draws.between(2, maxArgs); left > 0; left--) {
    const part = tree(draws, most - length - left + 1, levels - 1, maxArgs); // the others take a token each
    if (part === undefined) return undefined;
    parts.push(part);
    length += part.tokens.length;
  }
  const operator = draws.below(operators.length);
  const value = applyOperator(
    operators[operator] ?? "[SM",
    parts.map((part) => part.value),
  );
  return { tokens: [digits.length + operator, ...parts.flatMap(({ tokens }) => tokens), close], value };
}

/**
 * ListOps (Nangia and Bowman 2018) by the rules of Long Range Arena (Tay et al. 2021): the value, 0 to 9, of nested lists such as
 * `[MAX 2 9 [MIN 4 7 ] 0 ]`. Trees whose number of tokens is not from `shortest` to `length` are drawn again; Long Range Arena's lengths are 500
 * to 2000. Parentheses, which its tokeniser drops, are left out. The splits share no expression.
 */
export const listOps = defineTask({
  name: "list-ops",
  kind: "classification",
  summary: "the value of nested lists of MIN, MAX, MED and SM",
  source: "Nangia and Bowman 2018; Tay et al. 2021, Long Range Arena",
  defaults: { length: 64, shortest: 8, maxDepth: 10, maxArgs: 10 },
  make(options) {
    const { length, shortest, maxDepth, maxArgs } = options;
    const who = "list-ops task";
    if (shortest < 4 || shortest > length)
      throw invalid(who, `shortest must be from 4 to the length ${length}`, shortest);
    if (maxDepth < 2) throw invalid(who, "maxDepth must be at least 2", maxDepth);
    if (maxArgs < 2) throw invalid(who, "maxArgs must be at least 2", maxArgs);
    const example = exampleSource({
      name: "list-ops",
      seed: options.seed,
      draw: (draws): Labelled => {
        for (let attempt = 0; attempt < 100_000; attempt++) {
          const drawn = tree(draws, length, maxDepth, maxArgs);
          if (drawn !== undefined && drawn.tokens.length >= shortest)
            return { tokens: drawn.tokens, label: drawn.value };
        }
        throw invalid(who, "maxDepth and maxArgs must allow expressions of the lengths asked for", [shortest, length]);
      },
      input: ({ tokens }) => tokens,
    });
    return classificationTask({ ...options, name: "list-ops", symbols, classes: 10, example });
  },
});
