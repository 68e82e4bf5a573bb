import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { ones, tensor, zeros } from "@tensorflow/tfjs-core";
import { embeddingLookup, gelu, layerNorm, rmsNorm } from "@attention-lab/ops";
import { type Adapter, golden, program } from "../adapter.ts";
import { NotCovered } from "../config-reader.ts";

const starts = (words: string) => (value: unknown) => typeof value === "string" && value.startsWith(words);
const insideRoot = starts("inside the square root");

export const layerNormAdapter: Adapter = (config, golden_) => {
  const epsilon = config.number("eps");
  config.expect("eps_place", insideRoot);
  config.expect("variance", starts("biased"));
  config.expect("normalized_axis", (axis) => axis === -1);
  const affine = config.flag("affine", true);
  config.described("shape");
  const width = golden(golden_, "x").shape.at(-1) as number;
  return program(({ x, weight, bias }) => ({
    output: layerNorm(
      x!,
      affine ? (weight as Tensor1D) : ones([width]),
      affine ? (bias as Tensor1D) : zeros([width]),
      epsilon,
    ),
  }));
};

export const rmsNormAdapter: Adapter = (config) => {
  const epsilon = config.number("eps");
  config.expect("eps_place", insideRoot);
  config.described("shape", "formula");
  return program(({ x, weight }) => ({ output: rmsNorm(x!, weight as Tensor1D, epsilon) }));
};

export const geluAdapter: Adapter = (config) => {
  const form = config.text("form");
  config.described("formula");
  if (form !== "erf" && form !== "tanh") throw new NotCovered(`form = ${form}`);
  return program(({ x }) => ({ output: gelu(x!, form) }));
};

export const embeddingAdapter: Adapter = (config, case_) => {
  config.described("vocab", "dim", "note");
  // The forward value is the same; only the gradient row of the padding id is forced to zero by the package.
  if (config.has("padding_idx")) throw new NotCovered("padding_idx");
  const { values, shape } = golden(case_, "ids");
  return program(({ weight }) => {
    const ids = tensor(Int32Array.from(values), [...shape], "int32");
    return { output: embeddingLookup(weight as Tensor2D, ids) };
  });
};
