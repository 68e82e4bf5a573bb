import fc from "fast-check";
import { expect, test } from "vitest";
import { interleaved } from "../src/order.ts";

test("every round holds each trial once, in an order that only the seed decides", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 5 }), fc.nat(), (count, repeats, seed) => {
      const trials = Array.from({ length: count }, (_, index) => index);
      const order = interleaved(trials, repeats, seed);
      expect(order).toHaveLength(count * repeats);
      for (let repeat = 0; repeat < repeats; repeat++) {
        const round = order.slice(repeat * count, (repeat + 1) * count);
        expect(round.every((entry) => entry.repeat === repeat)).toBe(true);
        expect(round.map(({ trial }) => trial).toSorted((a, b) => a - b)).toEqual(trials);
      }
      expect(interleaved(trials, repeats, seed)).toEqual(order);
    }),
  );
});

test("rounds and seeds differ", () => {
  const trials = Array.from({ length: 20 }, (_, index) => index);
  const [first, second] = [interleaved(trials, 2, 1), interleaved(trials, 2, 2)];
  const round = (order: typeof first, repeat: number) =>
    order.filter((entry) => entry.repeat === repeat).map(({ trial }) => trial);
  expect(round(first, 0)).not.toEqual(round(first, 1));
  expect(round(first, 0)).not.toEqual(round(second, 0));
});
