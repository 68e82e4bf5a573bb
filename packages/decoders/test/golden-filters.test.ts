import { describe, expect, test } from "vitest";
import {
  type Filter,
  type HistoryFilter,
  minLength,
  minP,
  noRepeatedRun,
  repetitionPenalty,
  softmax,
  temperature,
  topK,
  topP,
  typical,
} from "../src/index.ts";
import { golden } from "../../tensors/test/golden.ts";

/** Hugging Face's ties: top-k and typical keep all, top-p the higher ids; its top-p 0 keeps one token. */
const k = (count: number) => topK(count, { ties: "all" });
const p = (mass: number) => topP(mass === 0 ? 1e-12 : mass, { ties: "last" });

function rowsOf(fixture: ReturnType<typeof golden>, name: string): Float32Array[] {
  const { shape, values } = fixture.array(name);
  const [count = 0, width = 0] = shape;
  return Array.from({ length: count }, (_, index) => values.slice(index * width, (index + 1) * width));
}

describe("golden sampling_warpers", () => {
  const warpers = golden("sampling_warpers");
  const logits = rowsOf(warpers, "logits");

  test.each<[string, Filter[]]>([
    ["temperature_0.5", [temperature(0.5)]],
    ["temperature_0.7", [temperature(0.7)]],
    ["temperature_1.0", [temperature(1)]],
    ["temperature_2.0", [temperature(2)]],
    ["top_k_1", [k(1)]],
    ["top_k_3", [k(3)]],
    ["top_k_10", [k(10)]],
    ["top_k_50", [k(50)]],
    ["top_p_0.0", [p(0)]],
    ["top_p_0.3", [p(0.3)]],
    ["top_p_0.9", [p(0.9)]],
    ["top_p_0.95", [p(0.95)]],
    ["top_p_1.0", [p(1)]],
    ["min_p_0.1", [minP(0.1)]],
    ["typical_0.9", [typical(0.9, { ties: "all" })]],
    ["temperature_0.7_top_k_5_top_p_0.9", [temperature(0.7), k(5), p(0.9)]],
    ["temperature_1.5_top_k_4_top_p_0.5", [temperature(1.5), k(4), p(0.5)]],
  ])("%s", (name, filters) => {
    const rows = logits.map((row) => filters.reduce((kept, filter) => filter(kept), row));
    warpers.expectClose(
      name,
      rows.flatMap((row) => Array.from(row)),
    );
    if (warpers.has(`${name}.probabilities`)) {
      warpers.expectClose(
        `${name}.probabilities`,
        rows.flatMap((row) => Array.from(softmax(row))),
      );
    }
  });
});

describe("golden sampling_processors", () => {
  const processors = golden("sampling_processors");
  const [, vocabulary = 0] = processors.array("logits").shape;
  const stop = [Number(processors.config["eos_token_id"])];

  test.each<[string, HistoryFilter]>([
    ["repetition_penalty_1.0", repetitionPenalty(1)],
    ["repetition_penalty_1.3", repetitionPenalty(1.3)],
    ["repetition_penalty_2.0", repetitionPenalty(2)],
    ["min_length_5", minLength(5, stop)],
    ["min_length_6", minLength(6, stop)],
    ["no_repeat_ngram_2", noRepeatedRun(2)],
    ["no_repeat_ngram_3", noRepeatedRun(3)],
  ])("%s", (name, filter) => {
    const history = rowsOf(processors, "history").map((ids) => Array.from(ids));
    const got = rowsOf(processors, "logits").flatMap((logits, row) => Array.from(filter(logits, history[row] ?? [])));
    expect(got.length % vocabulary).toBe(0);
    processors.expectClose(name, got);
  });
});
