import {
  grads,
  mul,
  setBackend,
  tensor,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { rope, sinusoidal, type SinusoidalLayout } from "../src/index.ts";
import { golden } from "./golden.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const seed = 1;

describe("golden sinusoidal", () => {
  test.each<[string, string, SinusoidalLayout]>([
    ["sinusoidal_interleaved_16", "interleaved", "interleaved"],
    ["sinusoidal_16", "marian", "half"],
    ["sinusoidal_16", "m2m", "tensor2tensor"],
  ])("%s %s", (id, name, layout) => {
    const case_ = golden(id);
    const [length = 0, dModel = 0] = case_.array(name).shape;
    const position = sinusoidal({ layout }).build({ dModel, heads: 1, headDim: dModel, maxLength: length, seed });
    case_.expectClose(name, position.embed?.(zeros([1, length, dModel]) as Tensor3D, 0).dataSync() ?? []);
  });
});

describe("golden rope", () => {
  test.each([
    "rope_half_split",
    "rope_half_split_base_500_offset_3",
    "rope_interleaved_gptj",
    "rope_interleaved_gptj_partial",
    "rope_interleaved_roformer",
    "rope_rotary_embedding_torch",
    "rope_rotary_embedding_torch_partial",
  ])("%s", (id) => {
    const case_ = golden(id);
    const headDim = Number(case_.config["D"]);
    const start = Number(case_.config["first_position"]);
    const position = rope({
      base: Number(case_.config["rope_base"]),
      pairing: String(case_.config["pairing"]).startsWith("half") ? "half" : "interleaved",
      fraction: Number(case_.config["rotary_dim"]) / headDim,
    }).build({ dModel: 2 * headDim, heads: 2, headDim, maxLength: 16, seed });
    const load = (name: string) => tensor(case_.array(name).values, case_.array(name).shape) as Tensor as Tensor4D;
    for (const name of ["q", "k"]) {
      const rotate = (x: Tensor) => position.rotate?.(x as Tensor4D, start) as Tensor4D;
      case_.expectClose(`${name}_rotated`, rotate(load(name)).dataSync());
      const [gradient] = grads((x: Tensor) => mul(rotate(x), load(`cotangent.${name}_rotated`)))([load(name)]);
      case_.expectClose(`grad.${name}`, gradient?.dataSync() ?? []);
    }
  });
});
