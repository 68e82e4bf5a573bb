import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { countLeaksAsync } from "@attention-lab/tensors";
import { type FitOptions, fit, languageModelling, type Objective, readCheckpointInfo } from "@attention-lab/training";
import { bigram, whales, whaleTrainer } from "./tiny.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** The whales, with validation losses read from a list: one entry an evaluation. */
function scripted(losses: readonly number[]): Objective {
  const task = whales();
  const objective = languageModelling(bigram(task.vocabulary), task);
  let next = 0;
  const evaluate = () => {
    const loss = losses[next++] ?? Number.NaN;
    return Promise.resolve({ loss, perplexity: Math.exp(loss), accuracy: 0 });
  };
  return { ...objective, evaluate };
}

describe("early stop", () => {
  const falling = [3, 2, 2.5, 2.2, 2, 1.9];
  const run = async (options: Partial<FitOptions>, losses = falling) => {
    const saved: { step: number; best: boolean }[] = [];
    const trainer = whaleTrainer({ objective: scripted(losses) });
    const fitted = await fit({
      trainer,
      steps: 12,
      evaluateEvery: 2,
      save: (_, which) => saved.push(which),
      ...options,
    });
    return { fitted, saved };
  };

  test("comes after so many evaluations without a lower loss; an equal one is not lower", async () => {
    const { fitted, saved } = await run({ patience: 3 });
    expect(fitted).toEqual({ step: 10, stoppedEarly: true, progress: { best: { step: 4, loss: 2 } } });
    expect(saved).toEqual([
      { step: 2, best: true },
      { step: 4, best: true },
      { step: 10, best: false },
    ]);
  });

  test("does not come while there is patience left, nor unasked", async () => {
    expect((await run({ patience: 4 })).fitted).toMatchObject({ step: 12, stoppedEarly: false });
    expect((await run({})).fitted.progress.best).toEqual({ step: 12, loss: 1.9 });
  });

  test("a continued run goes on counting where the first left off", async () => {
    const first = whaleTrainer({ objective: scripted(falling) });
    let bytes = new Uint8Array();
    const save = (written: Uint8Array) => void (bytes = written as Uint8Array<ArrayBuffer>);
    await fit({ trainer: first, steps: 6, evaluateEvery: 2, patience: 3, save });
    const second = whaleTrainer({ objective: scripted(falling.slice(3)) });
    const { progress } = second.restore(bytes);
    expect(await fit({ trainer: second, steps: 12, evaluateEvery: 2, patience: 3, progress })).toEqual(
      (await run({ patience: 3 })).fitted,
    );
  });
});

test("checkpoints come when due and at the end, each of its own step, and nothing leaks", async () => {
  const trainer = whaleTrainer();
  const steps: number[] = [];
  const save = (bytes: Uint8Array) => void steps.push(readCheckpointInfo(bytes).step);
  expect(await countLeaksAsync(() => fit({ trainer, steps: 7, checkpointEvery: 3, save }))).toBe(0);
  expect(steps).toEqual([3, 6, 7]);
  await fit({ trainer, steps: 7, save });
  expect(steps).toHaveLength(3); // a finished run has nothing to save
});

test("the loop reports every step and every evaluation", async () => {
  const seen: string[] = [];
  await fit({
    trainer: whaleTrainer(),
    steps: 4,
    evaluateEvery: 2,
    onStep: ({ step }) => void seen.push(`step ${step}`),
    onEvaluation: (step) => seen.push(`evaluation ${step}`),
  });
  expect(seen).toEqual(["step 1", "step 2", "evaluation 2", "step 3", "step 4", "evaluation 4"]);
});

test("impossible options are one sentence", async () => {
  const trainer = whaleTrainer();
  await expect(fit({ trainer, steps: 0 })).rejects.toThrow("fit: steps must be a positive integer, got 0");
  await expect(fit({ trainer, steps: 3, patience: 1 })).rejects.toThrow("fit: patience needs evaluateEvery");
});
