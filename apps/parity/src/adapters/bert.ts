import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { stack, tensor, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import {
  bertFromWeights,
  type EncoderCall,
  type EncoderOnlyTransformer,
  type StoredTensors,
} from "@attention-lab/models";
import { learned } from "@attention-lab/position-encodings";
import { readSafetensors } from "@attention-lab/tensors";
import { type Adapter, hostProgram } from "../adapter.ts";
import { NotCovered } from "../config-reader.ts";
import type { GoldenCase, GoldenTensor } from "../golden-case.ts";

type Config = Readonly<Record<string, unknown>>;

/**
 * A whole published encoder, whose weights are no part of a golden folder: `weights` is the safetensors file, or the folder that holds it
 * (under the name that the case gives, or model.safetensors), with its config.json beside it.
 */
export function bertEndToEndAdapter(weights: string | undefined): Adapter {
  const models = new Map<string, EncoderOnlyTransformer>();
  return (config, case_) => {
    if (weights === undefined) throw new NotCovered("no weights");
    config.described(...Object.keys(case_.config));
    const file = weightsFile(weights, case_.config);
    const model = models.get(file) ?? loadModel(file, case_.config);
    models.set(file, model);
    const outputs = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.role === "output");
    const notOurs = outputs.filter((name) => outputOf(name) === undefined);
    if (notOurs.length === outputs.length) throw new NotCovered(outputs.join(", "));
    return hostProgram(() => run(model, case_, outputs), notOurs);
  };
}

function weightsFile(weights: string, config: Config): string {
  if (!existsSync(weights)) throw new Error(`parity: --weights ${weights} does not exist`);
  if (!statSync(weights).isDirectory()) return weights;
  const named = ["weights", "weights_file", "file"]
    .map((key) => config[key])
    .filter((name) => typeof name === "string");
  const candidates = [...named, ...named.map((name) => path.basename(name)), "model.safetensors"];
  const found = candidates
    .map((name) => path.join(weights, name))
    .find((file) => existsSync(file) && statSync(file).isFile());
  if (found === undefined) throw new Error(`parity: --weights ${weights} holds none of ${candidates.join(", ")}`);
  return found;
}

/** What config.json says, and where there is none the case, and where that is silent the shapes. */
function loadModel(file: string, said: Config): EncoderOnlyTransformer {
  const tensors = readSafetensors(readFileSync(file));
  const beside = path.join(path.dirname(file), "config.json");
  const published = existsSync(beside) ? (JSON.parse(readFileSync(beside, "utf8")) as Config) : {};
  const config = { ...shapesOf(tensors), ...renamed(said), ...published };
  const parts = { attention: full({}), position: learned(learned.parse({})) };
  return bertFromWeights(tensors, config, parts, { unused: true }).model;
}

/** Short names of the same keys, and an activation said in words. */
function renamed(config: Config): Config {
  const { num_heads, num_layers, layers, heads, eps, hidden_act, activation = hidden_act, ...rest } = config;
  const exact = typeof activation === "string" && activation.startsWith("gelu (exact");
  const aliases = {
    num_attention_heads: num_heads ?? heads,
    num_hidden_layers: num_layers ?? layers,
    layer_norm_eps: eps,
    hidden_act: exact ? "gelu" : activation,
    ...rest,
  };
  return Object.fromEntries(Object.entries(aliases).filter(([, value]) => value !== undefined && value !== null));
}

function shapesOf(tensors: StoredTensors): Config {
  const shape = (name: string) => (tensors.get(name) ?? tensors.get(`bert.${name}`))?.shape ?? [];
  const [vocab_size, hidden_size] = shape("embeddings.word_embeddings.weight");
  const layers = [...tensors.keys()].map((name) => Number(/encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1));
  return {
    vocab_size,
    hidden_size,
    num_hidden_layers: Math.max(...layers) + 1,
    num_attention_heads: 12,
    intermediate_size: shape("encoder.layer.0.intermediate.dense.weight")[0],
    max_position_embeddings: shape("embeddings.position_embeddings.weight")[0],
    type_vocab_size: shape("embeddings.token_type_embeddings.weight")[0],
  };
}

type Output = (model: EncoderOnlyTransformer, ids: Tensor2D, call: EncoderCall) => Tensor | undefined;

/** `last_hidden_state`, `hidden_states.3` (0 is the embeddings) or all of them in one, `pooler_output`, `logits`. */
function outputOf(name: string): Output | undefined {
  if (/^(last_hidden_state|last_hidden|hidden|output)$/.test(name)) return (model, ids, call) => model.call(ids, call);
  if (name.startsWith("pool")) return (model, ids, call) => model.pooled(ids, call);
  if (name === "logits") return (model, ids, call) => model.logits(ids, call);
  if (/^(all_)?hidden_states$/.test(name)) return (model, ids, call) => stack(model.states(ids, call));
  const layer = /^(?:hidden_states?|layer|hidden)[._]?(\d+)$/.exec(name)?.[1];
  return layer === undefined ? undefined : (model, ids, call) => model.states(ids, call)[Number(layer)];
}

async function run(model: EncoderOnlyTransformer, { tensors }: GoldenCase, outputs: readonly string[]) {
  const ids = integers(named(tensors, ["input_ids", "ids", "tokens"]));
  if (ids === undefined) throw new NotCovered("a case without input_ids");
  const types = integers(named(tensors, ["token_type_ids", "token_types", "segment_ids"]));
  const mask = named(tensors, ["attention_mask", "valid_mask", "mask"]);
  const hidden = named(tensors, ["padding_mask"])?.values.map((padding) => 1 - padding);
  const real = mask?.values ?? hidden;
  const call: EncoderCall = {
    ...(types === undefined ? {} : { tokenTypes: types }),
    ...(real === undefined ? {} : { padding: tensor(Float32Array.from(real), ids.shape) as Tensor2D }),
  };
  const got: Record<string, ArrayLike<number>> = {};
  for (const name of outputs) got[name] = (await outputOf(name)?.(model, ids, call)?.data()) ?? [];
  return got;
}

function named(tensors: GoldenCase["tensors"], names: readonly string[]): GoldenTensor | undefined {
  return names.map((name) => tensors[name]).find((found) => found !== undefined);
}

function integers(of: GoldenTensor | undefined): Tensor2D | undefined {
  if (of === undefined) return undefined;
  const shape = of.shape.length === 1 ? [1, ...of.shape] : [...of.shape];
  return tensor(Int32Array.from(of.values), shape as [number, number], "int32");
}
