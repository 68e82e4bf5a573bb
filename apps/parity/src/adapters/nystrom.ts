import {
  expandDims,
  mul,
  pad,
  slice,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  transpose,
} from "@tensorflow/tfjs-core";
import { full } from "@attention-lab/attention-full";
import { nystromformer } from "@attention-lab/attention-low-rank";
import { type Adapter, type Bound, program, type TensorProgram } from "../adapter.ts";
import { asStored } from "../bound.ts";
import { type ConfigReader, Deviates, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { type LayerWeights, replayLayer, torchWeights } from "../replay-layer.ts";
import { maskOf } from "../mask-of.ts";

const emptySegment =
  "nystrom-attention gives a segment of padding alone a uniform row over all landmarks and all positions, so real outputs depend on how much padding there is; ours leaves such segments out";

/** Hugging Face's NystromformerSelfAttention, or lucidrains' nystrom-attention. */
export const nystromformerAdapter: Adapter = (config, case_) =>
  config.has("dim_head") ? lucidrains(config, case_) : huggingFace(config, case_);

function huggingFace(config: ConfigReader, case_: GoldenCase): TensorProgram {
  config.described("B", "segment", "special_case");
  config.expect("scaling", (scaling) => String(scaling).startsWith("q and k are each divided by head_dim^(1/4)"));
  config.expect("pinv_init", (init) => String(init).includes("over the WHOLE batch and all heads"));
  config.expect("mask", (mask) => String(mask).startsWith("applied to kernel 3"));
  config.expect("output_projection", (projection) => projection === "none");
  const heads = config.number("num_heads");
  const length = config.number("N");
  const landmarks = config.number("num_landmarks");
  const iterations = config.number("pinv_iterations");
  const convolution = sizeOf(config, "conv_kernel_size");
  // The package's special case: with as many landmarks as positions it attends exactly.
  const exact = landmarks === length;
  if (exact && convolution.convolution !== undefined) throw new NotCovered("conv_kernel_size with num_landmarks = N");
  const conventions = { initialisation: "per-batch", padding: "third-kernel" } as const;
  const replay = replayLayer({
    attention: exact ? full({}) : nystromformer({ landmarks, iterations, ...convolution, ...conventions }),
    heads,
    headDim: config.number("hidden_size") / heads,
    length,
  });
  const keyPadding = maskOf(case_, "valid_mask");
  const names = ["query", "key", "value"] as const;
  return program(
    (tensors) => {
      const weights = Object.fromEntries(names.map((name) => [name, torchWeights(tensors, name)]));
      const padding = keyPadding === undefined ? {} : { keyPadding };
      const { output } = replay.run({ query: tensors["x"] as Tensor, ...padding }, weights as unknown as LayerWeights);
      return { output };
    },
    { bound: bound("conv.weight", replay.mechanism.parameters["convolution"]) },
  );
}

/** The package fills a length up with zero tokens in front, which take part where no mask is given: so does this adapter. */
function lucidrains(config: ConfigReader, case_: GoldenCase): TensorProgram {
  config.described("B", "dim", "residual_conv", "padding", "mask");
  config.expect("scale", (scale) => scale === "q / sqrt(dim_head)");
  config.expect("to_qkv", (layout) => String(layout).includes("rows q, k, v, no bias"));
  config.expect("pinv_init", (init) => String(init).includes("over the whole batch and all heads"));
  const heads = config.number("heads");
  const length = config.number("N");
  const landmarks = config.number("num_landmarks");
  const zeros = (landmarks - (length % landmarks)) % landmarks;
  const valid = case_.tensors["valid_mask"];
  if (valid !== undefined && hasEmptySegment(valid.values, { length, zeros, landmarks }))
    throw new Deviates(emptySegment);
  const replay = replayLayer({
    attention: nystromformer({
      landmarks,
      iterations: config.number("pinv_iterations"),
      ...sizeOf(config, "residual_conv_kernel"),
      initialisation: "per-batch",
      padding: "by-position",
    }),
    heads,
    headDim: config.number("dim_head"),
    length: length + zeros,
  });
  const mask = maskOf(case_, "valid_mask");
  return program(
    (tensors) => {
      const x = tensors["x"] as Tensor3D;
      // Masked tokens are zeros, as are those in front.
      const real = mask === undefined ? x : mul(x, expandDims(mask, 2));
      const query = inFront(real, zeros);
      const [q, k, v] = split(transpose(tensors["to_qkv.weight"] as Tensor2D), 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
      const padding = mask === undefined ? {} : { keyPadding: inFront(mask, zeros) as Tensor2D };
      const weights = { query: { weight: q }, key: { weight: k }, value: { weight: v } };
      const { output } = replay.run({ query, ...padding }, { ...weights, output: torchWeights(tensors, "to_out.0") });
      return { output: slice(output as Tensor3D, [0, zeros, 0], [-1, -1, -1]) };
    },
    { bound: bound("res_conv.weight", replay.mechanism.parameters["convolution"]) },
  );
}

/** Zeros before the first position of [B,N] or [B,N,E]. */
function inFront(x: Tensor, zeros: number): Tensor {
  return pad(x, [[0, 0], [zeros, 0], ...(x.rank === 3 ? [[0, 0] as [number, number]] : [])]);
}

function hasEmptySegment(
  mask: ArrayLike<number>,
  { length, zeros, landmarks }: { readonly length: number; readonly zeros: number; readonly landmarks: number },
): boolean {
  const size = (length + zeros) / landmarks;
  const reals = new Map<number, number>();
  for (let i = 0; i < mask.length; i++) {
    const row = Math.floor(i / length);
    const segment = row * landmarks + Math.floor(((i % length) + zeros) / size);
    reals.set(segment, (reals.get(segment) ?? 0) + (mask[i] ?? 0));
  }
  const rows = mask.length / length;
  return [...reals.values()].includes(0) || reals.size < rows * landmarks;
}

function sizeOf(config: ConfigReader, key: string): { convolution?: number } {
  return config.has(key) ? { convolution: config.number(key) } : {};
}

function bound(name: string, variable: Parameters<typeof asStored>[0]): Record<string, Bound> {
  const held = asStored(variable);
  return held === undefined ? {} : { [name]: held };
}
