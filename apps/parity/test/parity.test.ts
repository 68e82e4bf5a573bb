import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { adapters } from "../src/adapters.ts";
import { type GoldenCase, readGoldenFolder } from "../src/golden-case.ts";
import { runCase } from "../src/run-case.ts";

const folder = new URL("../../../golden", import.meta.url).pathname;
const cases = readGoldenFolder(folder);
const byId = (id: string): GoldenCase => cases.find((golden) => golden.id === id) as GoldenCase;

beforeAll(async () => {
  await setBackend("cpu");
});

describe("every golden case passes, deviates with a sentence, or is not covered", () => {
  test.each(cases.map((golden) => [golden.id, golden] as const))("%s", async (_, golden) => {
    const { status, because } = await runCase(golden, adapters[golden.feature]);
    expect(status === "failed" ? because : status).toMatch(/^(passed|deviates|not covered)$/);
  });
});

test("what this version claims is covered", async () => {
  const outcomes = await Promise.all(
    cases.map(async (golden) => [golden.feature, (await runCase(golden, adapters[golden.feature])).status] as const),
  );
  const passed = new Set(outcomes.filter(([, status]) => status === "passed").map(([feature]) => feature));
  expect([...passed].sort()).toEqual(
    expect.arrayContaining([
      "alibi",
      "bahdanau_attention",
      "beam_search",
      "bigbird",
      "block_sparse_layout",
      "gqa",
      "gru",
      "layer_norm",
      "linear_attention",
      "linformer",
      "local_attention",
      "longformer",
      "lstm",
      "luong_attention",
      "multi_head_attention",
      "nystromformer",
      "optimizer",
      "performer",
      "rnn",
      "rope",
      "sampling_filters",
      "scaled_dot_product_attention",
      "scaling_law_fit",
      "shaw_relative",
      "t5_relative_bias",
      "transformer",
      "transformer_decoder_layer",
    ]),
  );
});

test("these cases alone deviate", async () => {
  const outcomes = await Promise.all(cases.map((golden) => runCase(golden, adapters[golden.feature])));
  const deviating = outcomes.filter(({ status }) => status === "deviates").map(({ id }) => id);
  expect(deviating).toEqual(["nystrom_mask_padded", "bigbird_eval_zero_blocks"]);
});

describe("the harness can fail", () => {
  const disturbed = (id: string, name: string, by: number): GoldenCase => {
    const golden = byId(id);
    const tensors = structuredClone(golden.tensors);
    const values = tensors[name]?.values as Float64Array;
    values[0] = (values[0] as number) + by;
    return { ...golden, tensors };
  };
  test("a wrong output is a failure that names it", async () => {
    const { status, because } = await runCase(
      disturbed("sdpa_plain", "output", 0.01),
      adapters["scaled_dot_product_attention"],
    );
    expect(status).toBe("failed");
    expect(because).toMatch(/^output is off by [\d.e+]+ times its tolerance$/);
  });
  test("a wrong gradient is a failure that names it", async () => {
    const { status, because } = await runCase(
      disturbed("sdpa_plain", "grad.k", 0.01),
      adapters["scaled_dot_product_attention"],
    );
    expect(status).toBe("failed");
    expect(because).toMatch(/^grad\.k is off by/);
  });
  test("a config key that no adapter reads is not covered, by name", async () => {
    const golden = byId("sdpa_plain");
    const asking = { ...golden, config: { ...golden.config, talking_heads: "pre" } };
    expect(await runCase(asking, adapters["scaled_dot_product_attention"])).toMatchObject({
      status: "not covered",
      because: "talking_heads",
    });
  });
  test("an unknown feature is not covered, by name", async () => {
    expect(await runCase(byId("fnet"), adapters["fnet"])).toMatchObject({ status: "not covered", because: "fnet" });
  });
});

test("a folder without an index is refused in one sentence", () => {
  expect(() => readGoldenFolder("/tmp")).toThrow("parity: /tmp is not a golden folder: it has no readable index.json");
});
