import { setBackend, tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { RecurrentSeq2Seq, type RecurrentSeq2SeqOptions } from "../src/index.ts";
import { build, contexts, ids } from "./recurrent-models.ts";
import { runningMean } from "./toy-variants.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const options = {
  vocabulary: 5,
  embedding: 4,
  units: 4,
  layers: 1,
  cell: "gru",
  context: "fixed",
  dropout: 0,
  seed: 1,
};
const attention = contexts.dot.attention;
/** Options as a config read from a file: of any type. */
const make = (changed: object) =>
  new RecurrentSeq2Seq({ ...options, ...changed } as unknown as RecurrentSeq2SeqOptions);

describe("options", () => {
  test.each([
    [{ cell: "gri" }, 'recurrent seq2seq: cell must be rnn or lstm or gru (did you mean "gru"?), got "gri"'],
    [{ context: "fxed" }, '(did you mean "fixed"?), got "fxed"'],
    [
      { context: { attend: "befor", attention } },
      'attend must be before or after (did you mean "before"?), got "befor"',
    ],
    [
      { context: { attend: "before", attention, inputFeeding: true } },
      'inputFeeding needs attend "after", got "before"',
    ],
    [{ context: { attend: "after", attention: runningMean({}) } }, 'cannot honour "crossAttention"'],
    [{ bidirectional: true, units: 5 }, "units must be even where the encoder reads both ways, got 5"],
    [{ bidirectional: true, reverseSource: true }, "reverseSource needs an encoder of one way"],
    [{ layers: 0 }, "recurrent seq2seq: layers must be a positive integer, got 0"],
    [{ maxLength: 0 }, "recurrent seq2seq: maxLength must be a positive integer, got 0"],
    [{ dropout: 2 }, "dropout must be in [0, 1), got 2"],
  ])("refuses %j", (changed, sentence) => {
    expect(() => make(changed)).toThrow(sentence);
  });
});

describe("calls", () => {
  const model = () => build({ maxLength: 5, context: contexts.bahdanau });

  test("refuses lengths beyond the source, none, and another number of them", () => {
    const source = ids(2, 4, 9);
    expect(() => model().start({ ids: source, lengths: [4, 5] })).toThrow("source lengths must be from 1 to 4, got 5");
    expect(() => model().start({ ids: source, lengths: [0, 4] })).toThrow("source lengths must be from 1 to 4, got 0");
    expect(() => model().start({ ids: source, lengths: [4] })).toThrow("there must be 2 source lengths, got 1");
  });

  test("refuses sequences that are empty or too long, and ids that are no integers", () => {
    expect(() => model().start({ ids: ids(1, 6, 9) })).toThrow("a source must have at most maxLength 5 tokens, got 6");
    expect(() => model().logits(ids(1, 6), { ids: ids(1, 2, 9) })).toThrow(
      "a target must have at most maxLength 5 tokens, got 6",
    );
    expect(() => model().start({ ids: tensor2d([], [1, 0], "int32") })).toThrow(
      "source ids must be [B,N] with a token at least",
    );
    expect(() => model().start({ ids: tensor2d([[1.5]]) })).toThrow("embedding encoder.embedding: ids must be int32");
  });

  test("refuses a state of another batch or another model", () => {
    const state = model().start({ ids: ids(2, 3, 9) });
    expect(() => model().step(state, tensor1d([1], "int32"))).toThrow("the state's hidden must be [1,6], got [2,6]");
    expect(() => build({ layers: 3 }).step(state, tensor1d([1, 2], "int32"))).toThrow(
      "one entry for each of 3 cells, got 2",
    );
    expect(() => build({ cell: "lstm" }).step(state, tensor1d([1, 2], "int32"))).toThrow(
      "the state's cell must be [2,6], got undefined",
    );
  });
});
