import { expect, test } from "vitest";
import { TrainingProgress } from "../src/training/progress.ts";

function told(isTTY: boolean) {
  const texts: string[] = [];
  let now = 100;
  const stream = { isTTY, columns: 200, write: (text: string) => texts.push(text) };
  const progress = new TrainingProgress(stream, { steps: 40, first: 20, tokensPerStep: 512, clock: () => now });
  for (let step = 21; step <= 40; step++) {
    now += 0.5;
    progress.step(step, 3 - step / 100);
  }
  return { texts, pace: progress.tokensPerSecond(40) };
}

test("a terminal sees every step on one line, with loss, pace and the time left since this start", () => {
  const { texts, pace } = told(true);
  expect(texts).toHaveLength(20);
  expect(texts[9]).toBe("\r\u001B[2Kstep 30 of 40: loss 2.700, 1,024 tokens/s, about 5 s left");
  expect(pace).toBe(1024);
});

test("elsewhere the first and the last step have plain lines, and others are few", () => {
  const { texts } = told(false);
  expect(texts[0]).toBe("step 21 of 40: loss 2.790, 1,024 tokens/s, about 10 s left\n");
  expect(texts.at(-1)).toMatch(/^step 40 of 40: .*\n$/);
  expect(texts.length).toBeLessThan(6);
});
