import { type Tensor, type Tensor1D, type Tensor2D, clone, slice, split, transpose } from "@tensorflow/tfjs-core";
import { denseAttention, full } from "@attention-lab/attention-full";
import { type Adapter, golden, program, type Tensors } from "../adapter.ts";
import { attendHeads, headsOf } from "../attend-heads.ts";
import { NotCovered } from "../config-reader.ts";
import { maskOf } from "../mask-of.ts";
import { type LayerWeights, replayLayer, torchWeights, type Weights } from "../replay-layer.ts";
import { xTransformersAttention } from "./x-transformers.ts";

const inverseRoot = (value: unknown) => typeof value === "string" && value.startsWith("1/sqrt");

/** scaled_dot_product_attention and its grouped-query form: heads are given. */
export const scaledDotProductAdapter: Adapter = (config, case_) => {
  if (case_.tensors["x"] !== undefined) return xTransformersAttention(config, case_);
  config.described("B", "N", "M", "causal_alignment");
  const [heads, keyValueHeads] = [config.number("H"), config.number("H_kv")];
  const [headDim, valueDim] = [config.number("D"), config.number("Dv")];
  const causal = config.flag("is_causal");
  config.expect("gqa_grouping", (grouping) => grouping === "none" || String(grouping).includes("floor"));
  const given = config.value("scale");
  const scale = typeof given === "number" ? given : headDim ** -0.5;
  if (typeof given !== "number" && !inverseRoot(given)) throw new NotCovered(`scale = ${JSON.stringify(given)}`);
  const mask = maskOf(case_, "mask");
  if (case_.tensors["bias"] !== undefined || mask !== undefined) {
    if (causal) throw new NotCovered("a dense bias or mask together with is_causal");
    return program((tensors) => {
      const { bias } = tensors;
      const inputs = { ...headsOf(tensors), ...(bias && { bias }), ...(mask && { mask }) };
      return { output: denseAttention(inputs, { scale }) };
    });
  }
  const mechanism = full({ implementation: "fused" }).build({
    heads,
    keyValueHeads,
    headDim,
    valueDim,
    scale,
    maxLength: Math.max(golden(case_, "q").shape[2] ?? 1, golden(case_, "k").shape[2] ?? 1),
    causal,
    dropout: 0,
    seed: 0,
  });
  return program((tensors) => ({ output: attendHeads(mechanism, headsOf(tensors)) }));
};

/** torch.nn.MultiheadAttention: packed or separate projections, boolean padding with 1 = hidden. */
export const multiHeadAdapter: Adapter = (config, case_) => {
  if (case_.tensors["to_q.weight"] !== undefined) return xTransformersAttention(config, case_);
  config.described("kind", "B", "N", "kdim", "vdim", "bias", "masks", "head_layout", "attention_output", "dim");
  const unsupported = ["add_bias_kv", "add_zero_attn", "qk_norm", "talking_heads"].find((key) => config.value(key));
  if (unsupported !== undefined) throw new NotCovered(unsupported);
  config.expect("scale", inverseRoot);
  config.expect("dropout", (dropout) => dropout === 0);
  const [heads, headDim] = [config.number("num_heads"), config.number("head_dim")];
  const dModel = config.number("embed_dim");
  const length = config.number("M");
  if (case_.tensors["attn_mask"] !== undefined) throw new NotCovered("attn_mask");
  const replay = replayLayer({
    attention: full({ implementation: "fused" }),
    heads,
    headDim,
    length,
    causal: config.flag("causal"),
  });
  return program((tensors) => {
    const keyPadding = maskOf(case_, "key_padding_mask", true);
    return replay.run(
      {
        query: tensors["query"]!,
        ...(tensors["key"] === undefined ? {} : { key: tensors["key"] }),
        ...(tensors["value"] === undefined ? {} : { value: tensors["value"] }),
        ...(keyPadding === undefined ? {} : { keyPadding }),
      },
      packedWeights(tensors, dModel),
    );
  });
};

function packedWeights(tensors: Tensors, dModel: number): LayerWeights {
  const biases = tensors["in_proj_bias"] === undefined ? [] : (split(tensors["in_proj_bias"], 3) as Tensor1D[]);
  const rows = (part: number): Tensor2D =>
    slice(tensors["in_proj_weight"] as Tensor2D, [part * dModel, 0], [dModel, -1]);
  const part = (name: string, index: number): Weights => {
    const weight = transpose((tensors[`${name}_proj_weight`] as Tensor2D | undefined) ?? rows(index));
    const bias = biases[index];
    return bias === undefined ? { weight } : { weight, bias };
  };
  return { query: part("q", 0), key: part("k", 1), value: part("v", 2), output: torchWeights(tensors, "out_proj") };
}

/** BertSelfAttention: padding keys get finfo.min added, which equals hiding them while a row has a real key. */
export const bertSelfAttentionAdapter: Adapter = (config, case_) => {
  config.described("B", "mask");
  config.expect("scale", inverseRoot);
  config.expect("output_projection", (projection) => projection === "none");
  if (config.has("position_embedding_type")) throw new NotCovered("position_embedding_type");
  const heads = config.number("num_heads");
  const headDim = config.number("hidden_size") / heads;
  const replay = replayLayer({
    attention: full({ implementation: "fused" }),
    heads,
    headDim,
    length: config.number("N"),
  });
  return program((tensors: Tensors): Tensors => {
    const keyPadding = maskOf(case_, "valid_mask");
    const names = ["query", "key", "value"] as const;
    const weights = Object.fromEntries(names.map((name) => [name, torchWeights(tensors, name)]));
    const made: { output: Tensor; attention?: Tensor } = replay.run(
      { query: tensors["x"]!, ...(keyPadding === undefined ? {} : { keyPadding }) },
      weights as unknown as LayerWeights,
    );
    return made.attention === undefined ? { output: made.output } : { output: made.output, attention: made.attention };
  });
};

/** A row with no visible key gives 0, as scaled_dot_product_attention and x-transformers have it; the other packages' answers are not ours. */
export const fullyMaskedRowAdapter: Adapter = (config, case_) => {
  config.described("N", "M", "row_1_result");
  const headDim = config.number("D");
  const theirs = ["sdpa_bool", "sdpa_minus_inf", "mha_need_weights_false", "x_transformers"];
  const others = Object.keys(case_.tensors).filter(
    (name) => case_.tensors[name]?.role === "output" && !theirs.includes(name),
  );
  const mask = maskOf(case_, "allowed");
  return program(
    (tensors) => {
      const output = denseAttention({ ...headsOf(tensors), ...(mask && { mask }) }, { scale: headDim ** -0.5 });
      return Object.fromEntries(theirs.map((name) => [name, clone(output)]));
    },
    { notOurs: others },
  );
};
