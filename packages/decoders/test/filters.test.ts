import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  argmax,
  draw,
  greedy,
  logSoftmax,
  minP,
  sample,
  softmax,
  temperature,
  topK,
  topP,
  typical,
} from "../src/index.ts";

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
    expect(kept(topP(1e-9)(logits))).toEqual([0]);
    expect(kept(topP(0.49)(logits))).toEqual([0]);
    expect(kept(topP(0.6)(logits))).toEqual([0, 1]);
    expect(kept(topP(0.81)(logits))).toEqual([0, 1, 2]);
    expect(kept(topP(1)(logits))).toEqual([0, 1, 2, 3]);
    expect(kept(topP(0.5)(row(1, 1, 1, 1)))).toEqual([0, 1]);
  });

  test("of equals at the edge the lower ids stay, or the higher ones, or all", () => {
    const logits = row(2, 1, 3, 1, 1);
    expect(kept(topK(3)(logits))).toEqual([0, 1, 2]);
    expect(kept(topK(3, { ties: "last" })(logits))).toEqual([0, 2, 4]);
    expect(kept(topK(3, { ties: "all" })(logits))).toEqual([0, 1, 2, 3, 4]);
    expect(kept(topK(2, { ties: "all" })(logits))).toEqual([0, 2]);
    expect(kept(topP(0.4, { ties: "last" })(row(1, 1, 1, 1)))).toEqual([2, 3]);
    // Three quarters of twelve equals: the sum from below says nine, and so must the sum from above, which rounds otherwise.
    expect(kept(topP(0.75, { ties: "last" })(new Float32Array(12)))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(kept(topP(1e-9, { ties: "last" })(row(1, 2, 2)))).toEqual([2]);
    expect(kept(topP(0.4, { ties: "all" })(row(1, 1, 1, 1)))).toEqual([0, 1, 2, 3]);
  });

  test("min-p keeps what reaches p times the largest probability", () => {
    const logits = row(...[0.5, 0.26, 0.24].map(Math.log));
    expect(kept(minP(0.5)(logits))).toEqual([0, 1]);
    expect(kept(minP(0)(logits))).toEqual([0, 1, 2]);
  });

  test("typical keeps the surprise nearest to the entropy, which need not be the likeliest token", () => {
    // Entropy 0.91 nats; surprises 0.36, 1.90, 2.30 and 3.00: distances 0.56, 0.98, 1.39 and 2.08.
    const likely = row(...[0.7, 0.15, 0.1, 0.05].map(Math.log));
    expect(kept(typical(0.5)(likely))).toEqual([0]);
    expect(kept(typical(0.8)(likely))).toEqual([0, 1]);
    // Entropy 3.13 nats; surprises 0.92 and 4.61: distances 2.21 and 1.47, so the sixty rare ones are nearer.
    const flat = row(Math.log(0.4), ...Array<number>(60).fill(Math.log(0.01)));
    expect(kept(typical(0.295)(flat))).not.toContain(0);
    expect(kept(typical(0.295)(flat))).toHaveLength(30);
    expect(kept(typical(0.295, { ties: "all" })(flat))).toHaveLength(60);
    expect(kept(typical(1)(row(0, -Infinity, 1)))).toEqual([0, 2]);
  });

  test("log-probabilities stay finite where probabilities underflow", () => {
    const [, far = 0] = logSoftmax(row(0, -2000));
    expect(far).toBe(-2000);
    expect(Math.exp(far)).toBe(0);
  });

  test.each([
    [() => temperature(-1), "temperature: value must be a finite number of at least 0, got -1"],
    [() => temperature(NaN), "temperature: value must be a finite number of at least 0, got NaN"],
    [() => topK(0), "top-k: k must be a positive integer, got 0"],
    [() => topP(1.5), "top-p: p must be in (0, 1], got 1.5"],
    [() => topP(0), "top-p: p must be in (0, 1], got 0"],
    [() => topP(NaN), "top-p: p must be in (0, 1], got NaN"],
    [() => minP(-0.1), "min-p: p must be in [0, 1], got -0.1"],
    [() => typical(0), "typical: mass must be in (0, 1], got 0"],
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
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
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
