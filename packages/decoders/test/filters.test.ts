import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  argmax,
  draw,
  greedy,
  minLength,
  minP,
  noRepeatedRun,
  repetitionPenalty,
  sample,
  softmax,
  temperature,
  topK,
  topP,
} from "../src/index.ts";
import { golden } from "../../tensors/test/golden.ts";

const row = (...logits: number[]) => Float32Array.from(logits);
const kept = (logits: Float32Array) => [...logits.keys()].filter((id) => logits[id] !== -Infinity);

describe("filters", () => {
  test("temperature divides, and 0 keeps the first of the largest", () => {
    expect([...temperature(0.5)(row(1, -2, 3))]).toEqual([2, -4, 6]);
    expect(kept(temperature(0)(row(1, 3, 3)))).toEqual([1]);
  });

  test("a temperature too small for float32 is the limit, not NaN", () => {
    expect([...softmax(temperature(1e-300)(row(-5, 2, 1)))]).toEqual([0, 1, 0]);
    expect([...softmax(temperature(1e-300)(row(-5, -2, -3)))]).toEqual([0, 1, 0]);
  });

  test("top-k keeps exactly k, the lower ids among equals, and everything when k exceeds the vocabulary", () => {
    expect(kept(topK(2)(row(1, 5, 3, 3, 3)))).toEqual([1, 2]);
    expect(kept(topK(9)(row(1, 5)))).toEqual([0, 1]);
  });

  test("top-p keeps the token that crosses p, and at least one", () => {
    const logits = row(...[0.5, 0.3, 0.15, 0.05].map(Math.log));
    expect(kept(topP(0)(logits))).toEqual([0]);
    expect(kept(topP(0.49)(logits))).toEqual([0]);
    expect(kept(topP(0.6)(logits))).toEqual([0, 1]);
    expect(kept(topP(0.81)(logits))).toEqual([0, 1, 2]);
    expect(kept(topP(1)(logits))).toEqual([0, 1, 2, 3]);
    expect(kept(topP(0.5)(row(1, 1, 1, 1)))).toEqual([0, 1]);
  });

  test.each([
    [() => temperature(-1), "temperature: value must be a finite number of at least 0, got -1"],
    [() => temperature(NaN), "temperature: value must be a finite number of at least 0, got NaN"],
    [() => topK(0), "top-k: k must be a positive integer, got 0"],
    [() => topP(1.5), "top-p: p must be in [0, 1], got 1.5"],
  ])("bad options are refused: %#", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});

const logitsRow = fc
  .array(fc.oneof(fc.float({ min: -30, max: 30, noNaN: true }), fc.constantFrom(-Infinity, 0, 1)), {
    minLength: 1,
    maxLength: 20,
  })
  .map((values) => Float32Array.from(values))
  .filter((values) => values.some(Number.isFinite));

describe("properties", () => {
  test("every chain of filters leaves probabilities that sum to 1 on at least one token", () => {
    fc.assert(
      fc.property(
        logitsRow,
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (logits, t, k, p) => {
          const filtered = topP(p)(topK(k)(temperature(t)(logits)));
          const probabilities = softmax(filtered);
          expect(kept(filtered).length).toBeGreaterThanOrEqual(1);
          expect(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(1e-12);
          expect(kept(filtered).every((id) => kept(logits).includes(id))).toBe(true);
          // The likeliest token stays, up to float32 rounding of the division.
          expect(Math.max(...logits) - (logits[argmax(filtered)] ?? NaN)).toBeLessThan(1e-5);
        },
      ),
    );
  });

  test("top-p keeps a mass of at least p, and less than p without its last token", () => {
    fc.assert(
      fc.property(logitsRow, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (logits, p) => {
        const before = softmax(logits);
        const masses = kept(topP(p)(logits)).map((id) => before[id] ?? 0);
        const mass = masses.reduce((sum, value) => sum + value, 0);
        expect(mass).toBeGreaterThanOrEqual(p - 1e-12);
        expect(mass - Math.min(...masses)).toBeLessThan(p + 1e-12);
      }),
    );
  });

  test("top-k keeps k tokens, none less likely than a dropped one", () => {
    fc.assert(
      fc.property(logitsRow, fc.integer({ min: 1, max: 20 }), (logits, k) => {
        const finite = kept(logits).length;
        const survivors = kept(topK(k)(logits));
        expect(survivors.length).toBe(Math.min(k, finite));
        const dropped = kept(logits).filter((id) => !survivors.includes(id));
        const worst = Math.min(...survivors.map((id) => logits[id] ?? 0));
        expect(dropped.every((id) => (logits[id] ?? 0) <= worst)).toBe(true);
      }),
    );
  });

  test("a draw lands on a possible token", () => {
    fc.assert(
      fc.property(logitsRow, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (logits, uniform) => {
        const probabilities = softmax(logits);
        expect(probabilities[draw(probabilities, uniform)]).toBeGreaterThan(0);
      }),
    );
  });
});

describe("strategies", () => {
  test("a draw follows the distribution exactly", () => {
    const probabilities = Float64Array.of(0.2, 0, 0.5, 0.3);
    expect([0, 0.19, 0.21, 0.69, 0.71, 0.9999999].map((uniform) => draw(probabilities, uniform))).toEqual([
      0, 0, 2, 2, 3, 3,
    ]);
  });

  test("sample applies temperature, then top-k, then top-p", () => {
    // At temperature 0.5 the probabilities are 0.64, 0.32 ... of the squares: top-p 0.6 then keeps one token, before it two.
    const logits = row(...[0.5, 0.35, 0.15].map(Math.log));
    const strategy = sample({ temperature: 0.5, topK: 2, topP: 0.6 });
    expect([0, 0.5, 0.99].map((uniform) => strategy.choose(logits, uniform))).toEqual([0, 0, 0]);
    expect([0.1, 0.95].map((uniform) => sample({ topP: 0.6 }).choose(logits, uniform))).toEqual([0, 1]);
  });

  test("temperature 0 is greedy, the lower id among equals", () => {
    const logits = row(1, 4, 4, 0);
    for (const uniform of [0, 0.5, 0.999]) {
      expect(sample({ temperature: 0 }).choose(logits, uniform)).toBe(1);
      expect(greedy().choose(logits, uniform)).toBe(1);
    }
  });
});

describe("golden sampling_warpers", () => {
  const warpers = golden("sampling_warpers");
  const [rows = 0, vocabulary = 0] = warpers.array("logits").shape;
  const logits = Array.from({ length: rows }, (_, index) =>
    warpers.array("logits").values.slice(index * vocabulary, (index + 1) * vocabulary),
  );
  const want = (name: string, index: number) =>
    warpers.array(name).values.slice(index * vocabulary, (index + 1) * vocabulary);

  test.each([0.5, 0.7, 1, 2])("temperature %s", (value) => {
    const name = `temperature_${value.toFixed(1)}`;
    warpers.expectClose(
      name,
      logits.flatMap((logit) => [...temperature(value)(logit)]),
    );
  });

  // Where tokens tie at the edge, the reference keeps all of them (top-k) or other ones (top-p): rows of those are compared by count.
  test.each([1, 3, 10, 50])("top-k %s", (k) => {
    let compared = 0;
    for (const [index, logit] of logits.entries()) {
      const expected = want(`top_k_${k}`, index);
      const got = topK(k)(logit);
      if (kept(expected).length > k) {
        expect(kept(got).length).toBe(k);
        continue;
      }
      compared += 1;
      expect([...got]).toEqual([...expected]);
    }
    expect(compared).toBeGreaterThan(2);
  });

  const tied = new Set(warpers.config["top_p_tie_rows"] as number[]);
  test.each(["0.0", "0.3", "0.9", "0.95", "1.0"])("top-p %s", (p) => {
    for (const [index, logit] of logits.entries()) {
      const expected = want(`top_p_${p}`, index);
      const got = topP(Number(p))(logit);
      expect(kept(got).length).toBe(kept(expected).length);
      if (!tied.has(index)) expect([...got]).toEqual([...expected]);
    }
  });

  test("min-p 0.1", () => {
    warpers.expectClose(
      "min_p_0.1",
      logits.flatMap((logit) => Array.from(minP(0.1)(logit))),
    );
  });

  test.each([
    [0.7, 5, 0.9],
    [1.5, 4, 0.5],
  ])("temperature %s, top-k %s, top-p %s", (t, k, p) => {
    const name = `temperature_${t}_top_k_${k}_top_p_${p}`;
    let compared = 0;
    for (const [index, logit] of logits.entries()) {
      const expected = want(name, index);
      const filtered = topP(p)(topK(k)(temperature(t)(logit)));
      if (kept(filtered).join() !== kept(expected).join()) {
        expect(tied.has(index)).toBe(true);
        continue;
      }
      compared += 1;
      const probabilities = softmax(filtered);
      for (const [id, probability] of want(`${name}.probabilities`, index).entries()) {
        expect(Math.abs((probabilities[id] ?? 0) - probability)).toBeLessThan(1e-6);
      }
    }
    expect(compared).toBeGreaterThan(2);
  });
});

describe("golden sampling_processors", () => {
  const processors = golden("sampling_processors");
  const [, vocabulary = 0] = processors.array("logits").shape;
  const rows = (name: string) => {
    const { shape, values } = processors.array(name);
    const [count = 0, width = 0] = shape;
    return Array.from({ length: count }, (_, index) => values.slice(index * width, (index + 1) * width));
  };
  const stop = [Number(processors.config["eos_token_id"])];

  test.each([
    ["repetition_penalty_1.0", repetitionPenalty(1)],
    ["repetition_penalty_1.3", repetitionPenalty(1.3)],
    ["repetition_penalty_2.0", repetitionPenalty(2)],
    ["min_length_5", minLength(5, stop)],
    ["min_length_6", minLength(6, stop)],
    ["no_repeat_ngram_2", noRepeatedRun(2)],
    ["no_repeat_ngram_3", noRepeatedRun(3)],
  ])("%s", (name, filter) => {
    const history = rows("history").map((ids) => Array.from(ids));
    const got = rows("logits").flatMap((logits, row) => Array.from(filter(logits, history[row] ?? [])));
    expect(got.length % vocabulary).toBe(0);
    processors.expectClose(name, got);
  });
});
