import { exampleOptions, positions, variantsByName } from "@attention-lab/catalog";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { fillRun } from "../src/training/defaults.ts";
import { planRun } from "../src/training/plan-run.ts";
import { makeSystem } from "../src/training/prepare.ts";
import { training } from "../src/training/program.ts";
import { parseRun, type Run } from "../src/training/run.ts";

beforeAll(() => setBackend("cpu"));

const small = { dModel: 8, heads: 2, layers: 1, feedForward: 8 };
const setups = {
  decoder: { task: { name: "letters", length: 8 }, model: small },
  encoder: { task: { name: "list-ops", length: 12, shortest: 6 }, model: small },
  masked: { task: { name: "moby-dick-masked", length: 12 }, model: small },
  pair: { task: { name: "copy", length: 6, shortest: 3, symbols: 4 }, model: small },
  "pair of one length": { task: { name: "copy", length: 6, shortest: 6, symbols: 4 }, model: small },
  "decoder of pairs": { task: { name: "copy", length: 6, symbols: 4 }, model: { ...small, kind: "decoder" } },
  recurrent: { task: { name: "copy", length: 6, symbols: 4 }, model: { kind: "recurrent", dModel: 8, layers: 1 } },
  "grouped queries": { task: { name: "letters", length: 8 }, model: { ...small, keyValueHeads: 1 } },
  "dropped weights": {
    task: { name: "list-ops", length: 12, shortest: 6 },
    model: { ...small, attentionDropout: 0.1 },
  },
};

/** The one variant whose options have neither defaults nor an example. */
const blocks = {
  block: 6,
  layout: [
    [
      [1, 0],
      [1, 1],
    ],
  ],
};

function runOf(raw: object): Run {
  return fillRun(parseRun("test", { steps: 1, ...raw }));
}

/** The sentence with which a model refuses to be built or called; undefined when it works. */
async function refusedInFact(run: Run): Promise<string | undefined> {
  try {
    await makeSystem(run).objective.evaluate({ batches: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

describe.each(Object.keys(variantsByName))("a plan of %s", (name) => {
  test("knows what the model would refuse, in the same words", { timeout: 120_000 }, async () => {
    const attention = { name, ...exampleOptions(name, "small"), ...(name === "blockSparse" ? blocks : {}) };
    for (const [what, setup] of Object.entries(setups)) {
      const position = { name: "none" };
      const run = runOf({ ...setup, attention, position });
      const [planned, inFact] = [planRun(run).refusal, await refusedInFact(run)];
      // Of what it cannot even allocate, a model says nothing that anybody would understand.
      if (inFact?.startsWith("random values:") === true)
        expect(planned).toContain("its weights need a longest sequence");
      else expect(planned, what).toBe(inFact);
    }
  });
});

test.each(Object.keys(positions))("a plan knows what position encoding %s asks of a variant", async (name) => {
  const position = { name, ...(name === "t5" ? { direction: "causal" } : {}) };
  for (const attention of [{ name: "full" }, { name: "linear" }, { name: "local", before: 2, after: 0 }]) {
    const run = runOf({ ...setups.decoder, attention, position });
    expect(planRun(run).refusal, attention.name).toBe(await refusedInFact(run));
  }
});

test("sizes that do not fit are refused before a trial starts", () => {
  const refusal = (raw: object) => planRun(runOf(raw)).refusal;
  const task = { name: "letters", length: 8 };
  expect(refusal({ task, model: { ...small, heads: 3 } })).toBe("model: dModel 8 must be a multiple of heads, got 3");
  expect(refusal({ task, model: { ...small, kind: "encoder" } })).toBe(
    'task letters: the model must be of kind decoder, got "encoder"',
  );
  const attention = [{ name: "full" }, { name: "full" }];
  expect(refusal({ task, model: { ...small, layers: 3 }, attention })).toContain("one for each of the 3 layers");
});

describe("the declared cost of training", () => {
  const costOf = (raw: object) => {
    const resolved = training.resolve({ task: { name: "letters", length: 32 }, steps: 10, ...raw });
    if ("because" in resolved) throw new Error(resolved.because);
    return resolved;
  };

  test("grows with steps, length and layers as the mathematics does", () => {
    const operations = (raw: object) => costOf(raw).cost?.operations ?? 0;
    const model = { dModel: 64, layers: 2, heads: 4 };
    const base = operations({ model, steps: 1000 });
    expect(operations({ model, steps: 2000 }) / base).toBeCloseTo(2, 1);
    expect(operations({ model, steps: 1000, accumulate: 3 }) / base).toBeCloseTo(3, 1);
    expect(operations({ model: { ...model, layers: 4 }, steps: 1000 }) / base).toBeGreaterThan(1.7);
    const of = (length: number) =>
      operations({ model, steps: 100, task: { name: "letters", length }, attention: { name: "full" } });
    expect(of(2048) / of(1024)).toBeGreaterThan(2.5);
    const linear = (length: number) =>
      operations({ model, steps: 100, task: { name: "letters", length }, attention: { name: "linear" } });
    expect(linear(2048) / linear(1024)).toBeLessThan(2.05);
  });

  test("weights are those of the model", async () => {
    const raw = { task: { name: "letters", length: 16 }, model: { ...small, layers: 2 }, attention: { name: "full" } };
    const parameters = Object.values(makeSystem(runOf(raw)).parameters()).reduce((sum, { size }) => sum + size, 0);
    const bytes = (steps: number) => costOf({ ...raw, steps }).cost?.bytes ?? 0;
    expect(bytes(1)).toBeGreaterThan(4 * 4 * 0.8 * parameters);
    expect(bytes(1)).toBe(bytes(1000));
  });

  test("every kind of model has one, and the versions of its variants", () => {
    for (const setup of Object.values(setups)) {
      const attention = setup.model === setups.recurrent.model ? { name: "bahdanau", units: 4 } : { name: "full" };
      const { cost, versions } = costOf({ ...setup, attention, model: { ...setup.model } });
      expect(cost?.operations).toBeGreaterThan(1e4);
      expect(cost?.bytes).toBeGreaterThan(1e4);
      expect(Object.keys(versions)).toEqual([attention.name]);
    }
  });
});
