import { ones, tensor, type Tensor1D, zeros } from "@tensorflow/tfjs-core";
import { Embedding } from "@attention-lab/nn";
import { gelu, layerNorm, rmsNorm } from "@attention-lab/ops";
import { type Adapter, type Bound, golden, program } from "../adapter.ts";
import { asStored } from "../bound.ts";
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
  config.described("note");
  const { values, shape } = golden(case_, "ids");
  const [rows, width] = [config.number("vocab"), config.number("dim")];
  const padding = config.has("padding_idx") ? config.number("padding_idx") : undefined;
  const table = new Embedding({
    name: case_.id,
    rows,
    width,
    // torch counts a negative one from the end.
    ...(padding === undefined ? {} : { padding: padding < 0 ? rows + padding : padding }),
    seed: 0,
  });
  const run = () => ({ output: table.call(tensor(Int32Array.from(values), [...shape], "int32")) });
  return program(run, { bound: { weight: asStored(table.weight) as Bound } });
};
