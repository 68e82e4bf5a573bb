import { readFileSync } from "node:fs";
import { full } from "@attention-lab/attention-full";
import { learned, rope } from "@attention-lab/position-encodings";
import { carry, countLeaks, readSafetensors, type StoredTensor } from "@attention-lab/tensors";
import { setBackend, type Tensor, tensor, tensor1d, type Tensor2D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bertFromWeights,
  type EncoderCall,
  type EncoderOnlyTransformer,
  gpt2FromWeights,
  llamaFromWeights,
  pretrainedLayout,
} from "../src/index.ts";
import { largest } from "./tiny-model.ts";

// References: fixtures/make-fixtures.py, small random models of Hugging Face transformers 5.

beforeAll(async () => {
  await setBackend("cpu");
});

const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
function fixture(name: string) {
  const expected = readSafetensors(file(`${name}.expected.safetensors`));
  const want = (key: string) => expected.get(key)?.values as Float32Array;
  const ids = (key: string) => tensor2d([...want(key)], expected.get(key)?.shape as [number, number], "int32");
  const config = JSON.parse(file(`${name}.config.json`).toString()) as Record<string, unknown>;
  const weights = name.replace(/-(yarn|3)$/, "");
  return { tensors: readSafetensors(file(`${weights}.safetensors`)), config, want, ids };
}
const parts = { attention: full({}), position: learned({ deviation: 1 }) };
/** Padding hides a token from the others; what stands at its own place is nobody's. */
function expectNear(got: Tensor, want: Float32Array, real?: Float32Array): void {
  const width = got.size / (real?.length ?? 1);
  const kept = (x: ArrayLike<number>) =>
    Array.from(x).filter((_, i) => real === undefined || real[Math.floor(i / width)] === 1);
  expect(got.size).toBe(want.length);
  expect(largest(kept(got.dataSync()), kept(want))).toBeLessThan(1e-4);
  got.dispose();
}

function bert(name: string) {
  const { tensors, config, want, ids } = fixture(name);
  const { model, report } = bertFromWeights(tensors, config, parts);
  expect(report).toEqual({ missing: [], unused: [] });
  const padding = tensor(want("attention_mask"), [2, 7]) as Tensor2D;
  const call: EncoderCall = { padding, tokenTypes: ids("token_type_ids") };
  return { model, want, input: ids("input_ids"), call };
}

function expectStates(
  model: EncoderOnlyTransformer,
  { want, input, call }: Omit<ReturnType<typeof bert>, "model">,
): void {
  const states = model.states(input, call);
  expect(states).toHaveLength(3);
  states.forEach((state, layer) => expectNear(state, want(`hidden_states.${layer}`), want("attention_mask")));
  expectNear(model.call(input, call), want("hidden_states.2"), want("attention_mask"));
}

describe("BERT", () => {
  test("hidden states and pooled output are Hugging Face's", () => {
    const { model, ...rest } = bert("bert");
    expectStates(model, rest);
    expectNear(model.pooled(rest.input, rest.call), rest.want("pooler_output"));
    expect(() => model.logits(rest.input)).toThrow("this head needs the option maskedTokens: true, got none");
    expect(() => model.classify(rest.input)).toThrow("this head needs the option classes, got none");
  });

  test("with its head of masked tokens, under the prefix bert.", () => {
    const { model, ...rest } = bert("bert-masked");
    expectStates(model, rest);
    expectNear(model.logits(rest.input, rest.call), rest.want("logits"), rest.want("attention_mask"));
    expect(() => model.pooled(rest.input)).toThrow("this head needs the option pooler: true, got none");
  });

  test("with classes", () => {
    const { model, input, call, want } = bert("bert-classes");
    expectNear(model.classify(input, call), want("logits"));
  });

  test("norms named gamma and beta, as in files made from TensorFlow's, are read too", () => {
    const { tensors, config, want, ids } = fixture("bert");
    const renamed = [...tensors].map(([name, stored]): [string, StoredTensor] => [
      name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta"),
      stored,
    ]);
    const { model } = bertFromWeights(new Map(renamed), config, parts);
    const call = { padding: tensor(want("attention_mask"), [2, 7]) as Tensor2D, tokenTypes: ids("token_type_ids") };
    expectNear(model.call(ids("input_ids"), call), want("hidden_states.2"), want("attention_mask"));
  });
});

describe("decoders", () => {
  const gpt2 = () => {
    const { tensors, config, want, ids } = fixture("gpt2");
    return { model: gpt2FromWeights(tensors, config, parts).model, want, input: ids("input_ids") };
  };
  const llama = (name: string) => () => {
    const { tensors, config, want, ids } = fixture(name);
    const { model } = llamaFromWeights(tensors, config, { attention: full({}), position: rope });
    return { model, want, input: ids("input_ids") };
  };

  test.each([
    ["GPT-2", gpt2],
    ["LLaMA", llama("llama")],
    ["LLaMA with YaRN", llama("llama-yarn")],
    ["LLaMA 3", llama("llama-3")],
  ] as const)("%s: hidden states and logits are Hugging Face's, at once and step by step", (_, load) => {
    const { model, want, input } = load();
    const states = model.states(input);
    expect(states).toHaveLength(3);
    states.forEach((state, layer) => expectNear(state, want(`hidden_states.${layer}`)));
    expectNear(model.logits(input), want("logits"));
    const rows = input.arraySync();
    let held = { state: model.start(2), logits: tensor([[0]]) as Tensor2D };
    for (let position = 0; position < 7; position++) {
      const next = tensor1d([rows[0]?.[position] ?? 0, rows[1]?.[position] ?? 0], "int32");
      held = carry(held, ({ state }) => model.step(state, next));
      const whole = [0, 1].flatMap((row) =>
        Array.from(want("logits").subarray((row * 7 + position) * 30, (row * 7 + position + 1) * 30)),
      );
      expect(largest(held.logits.dataSync(), whole)).toBeLessThan(1e-4);
    }
  });

  test("rope's base and linear scaling are read where old and new configs keep them", () => {
    const { tensors, config } = fixture("llama");
    const { rope_parameters: _, ...old } = config;
    const position = (changed: object) => pretrainedLayout(tensors, { ...old, ...changed }).position;
    const plain = { name: "rope", pairing: "half", fraction: 1 };
    expect(position({})).toEqual({ ...plain, base: 10000 });
    expect(position({ rope_theta: 500 })).toEqual({ ...plain, base: 500 });
    expect(position({ rope_parameters: { rope_theta: 7, rope_type: "default" } })).toEqual({ ...plain, base: 7 });
    expect(position({ rope_scaling: { type: "linear", factor: 4 } })).toEqual({
      ...plain,
      base: 10000,
      scaling: { kind: "linear", factor: 4 },
    });
    expect(() => position({ rope_scaling: { rope_type: "llama3", factor: 8 } })).toThrow(
      "llama weights: rope of type llama3 needs high_freq_factor, got undefined",
    );
    expect(() => position({ rope_scaling: { rope_type: "dynamic", factor: 8 } })).toThrow(
      'llama weights: the type of rope must be one of default, linear, yarn, llama3, got "dynamic"',
    );
  });
});

describe("what does not fit is named", () => {
  const { tensors, config } = fixture("bert");
  const changed = (change: (map: Map<string, StoredTensor>) => void) => {
    const copy = new Map(tensors);
    change(copy);
    return copy;
  };
  const key = "encoder.layer.1.output.dense.weight";

  test("missing, unused, another shape", () => {
    const lacking = changed((map) => map.delete(key));
    const name = `blocks.1.feedForward.down.weight (${key})`;
    expect(() => bertFromWeights(lacking, config, parts)).toThrow(`bert weights: the file lacks ${name}`);
    expect(bertFromWeights(lacking, config, parts, { missing: true }).report.missing).toEqual([name]);
    expect(() => bertFromWeights(tensors, { ...config, num_hidden_layers: 1 }, parts)).toThrow(
      /^bert weights: nothing in this model takes the file's encoder\.layer\.1\.\S+(, \S+){4} and 11 more$/,
    );
    const fewer = bertFromWeights(tensors, { ...config, num_hidden_layers: 1 }, parts, { unused: true });
    expect(fewer.report.unused).toHaveLength(16);
    expect(() => bertFromWeights(tensors, { ...config, vocab_size: 31 }, parts)).toThrow(
      "bert weights: embeddings.word_embeddings.weight must make [31,16], got [30,16]",
    );
  });

  test.each<[object, string]>([
    [{ position_embedding_type: "relative_key" }, "bert weights: config key position_embedding_type"],
    [{ hidden_size: "wide" }, "bert weights: config key hidden_size"],
    [
      { hidden_act: "quick_gelu" },
      'the activation must be one of gelu, gelu_new, gelu_pytorch_tanh, relu, got "quick_gelu"',
    ],
    [{ model_type: "roberta" }, 'pretrained: model_type must be one of bert, gpt2, llama, got "roberta"'],
  ])("%#: a config of another model", (change, sentence) => {
    expect(() => pretrainedLayout(tensors, { ...config, ...change })).toThrow(sentence);
  });
});

test("loading leaves the parameters and nothing else, also when it fails", () => {
  const { tensors, config } = fixture("bert");
  const leaked = countLeaks(() => {
    const { model } = bertFromWeights(tensors, config, parts);
    for (const variable of Object.values(model.parameters())) variable.dispose();
  });
  expect(leaked).toBe(0);
  expect(tidy(() => 1)).toBe(1);
});
