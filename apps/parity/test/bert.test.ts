import { readFileSync } from "node:fs";
import { readSafetensors } from "@attention-lab/tensors";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { adaptersWith } from "../src/adapters.ts";
import type { GoldenCase, GoldenTensor } from "../src/golden-case.ts";
import { runCase } from "../src/run-case.ts";

const fixtures = new URL("../../../packages/models/test/fixtures/", import.meta.url);
const weights = new URL("bert.safetensors", fixtures).pathname;

beforeAll(async () => {
  await setBackend("cpu");
});

/** What Hugging Face's small random BERT made of two sentences, as a golden case. */
function bertCase(config: Readonly<Record<string, unknown>> = { num_heads: 4, eps: 1e-12 }): GoldenCase {
  const stored = readSafetensors(readFileSync(new URL("bert.expected.safetensors", fixtures)));
  const tensors = [...stored].map(([name, { shape, values }]): [string, GoldenTensor] => {
    const input = name === "input_ids" || name === "attention_mask" || name === "token_type_ids";
    const role = input ? "input" : "output";
    return [name, { shape, kind: input ? "int" : "real", role, values: Float64Array.from(values as Float32Array) }];
  });
  const tolerance = { forward: { rtol: 0, atol: 1e-4 } };
  return {
    id: "bert",
    feature: "bert_end_to_end",
    source: "transformers",
    config: { ...config, weights: "bert.safetensors", note: "whatever" },
    tensors: Object.fromEntries(tensors),
    tolerance,
  };
}
const outcome = (case_: GoldenCase, file: string | undefined) => runCase(case_, adaptersWith(file)["bert_end_to_end"]);

test("hidden states and pooled output of a whole encoder are compared", async () => {
  const { status, because, comparisons } = await outcome(bertCase(), weights);
  expect(status, because).toBe("passed");
  expect(comparisons.map(({ name }) => name)).toContain("hidden_states.2");
});

test("the folder of the weights will do", async () => {
  expect((await outcome(bertCase(), fixtures.pathname)).status).toBe("passed");
});

test("a wrong answer fails, and so does a config that means another model", async () => {
  const wrong = bertCase();
  (wrong.tensors["hidden_states.1"] as GoldenTensor).values[5] = 3;
  expect(await outcome(wrong, weights)).toMatchObject({
    status: "failed",
    because: expect.stringMatching(/^hidden_states\.1 is off by/) as string,
  });
  expect((await outcome(bertCase({ num_heads: 2 }), weights)).status).toBe("failed");
});

test("without weights it is not covered, and says so; a file that is not there fails", async () => {
  expect(await outcome(bertCase(), undefined)).toMatchObject({ status: "not covered", because: "no weights" });
  expect(await outcome(bertCase(), "/nowhere.safetensors")).toMatchObject({
    status: "failed",
    because: "parity: --weights /nowhere.safetensors does not exist",
  });
});
