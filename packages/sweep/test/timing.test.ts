import { expect, test } from "vitest";
import { untilSteady } from "../src/timing.ts";

/** Repeats that take so many seconds by what they say, not by the clock. */
function saying(seconds: readonly number[]): () => Promise<number> {
  let next = 0;
  return () => Promise.resolve(seconds[Math.min(next++, seconds.length - 1)] ?? Number.NaN);
}

test("warm is what got no faster three times in a row", async () => {
  expect(await untilSteady(saying([0.01]), 0.01)).toBe(3);
  // Faster, faster, then three that are not 3 % faster than the fastest.
  expect(await untilSteady(saying([0.008, 0.006, 0.0062, 0.0059, 0.0061]), 0.01)).toBe(5);
});

test("nobody waits longer than 20 repeats or two seconds for it", async () => {
  let seconds = 0.01;
  expect(await untilSteady(() => Promise.resolve((seconds *= 0.9)), 0.01)).toBe(20);
  expect(await untilSteady(saying([0.9, 0.8, 0.7]), 1)).toBe(2);
  expect(await untilSteady(saying([0.9]), 0.9)).toBe(2);
  expect(await untilSteady(saying([5]), 5)).toBe(0);
});
