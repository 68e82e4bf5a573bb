import {
  grads,
  mul,
  reshape,
  setBackend,
  tensor,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  zeros,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  alibi,
  alibiSlopes,
  type PositionEncoding,
  rope,
  sinusoidal,
  type SinusoidalLayout,
  t5,
  t5Bucket,
} from "../src/index.ts";
import { golden } from "../../tensors/test/golden.ts";

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

/** The whole score matrix [H,N,M] of a bias, query 0 at position `first`. */
function matrix(encoding: PositionEncoding, heads: number, [queries, keys, first]: [number, number, number]) {
  const position = encoding.build({ dModel: heads, heads, headDim: 1, maxLength: keys, seed });
  const offsets = Array.from({ length: queries * keys }, (_, i) => (i % keys) - Math.floor(i / keys) - first);
  return { position, bias: () => position.bias?.at(tensor1d(offsets)) as Tensor };
}

describe("golden alibi", () => {
  test.each(["alibi_8", "alibi_12", "alibi_16"])("%s", (id) => {
    const case_ = golden(id);
    const [heads, length] = [Number(case_.config["heads"]), Number(case_.config["N"])];
    const signed = (shape: [number, number, number]) =>
      matrix(alibi({ form: "signed" }), heads, shape)
        .bias()
        .dataSync();
    case_.expectClose("slopes", alibiSlopes(heads));
    case_.expectClose("distance_bias", signed([length, length, 0]));
    case_.expectClose("bloom_bias", signed([1, length, 0]));
    case_.expectClose("mpt_bias", signed([1, length, length - 1]));
  });

  test("xt_alibi_symmetric_6", () => {
    const case_ = golden("xt_alibi_symmetric_6");
    const [queries, keys] = [Number(case_.config["query_len"]), Number(case_.config["key_len"])];
    case_.expectClose("slopes", alibiSlopes(6));
    const symmetric = matrix(alibi({ form: "symmetric" }), 6, [queries, keys, keys - queries]);
    case_.expectClose("bias", symmetric.bias().dataSync());
  });
});

describe("golden t5", () => {
  test("t5_buckets", () => {
    const case_ = golden("t5_buckets");
    const offsets = [...case_.array("relative_position").values];
    const grids = case_.config["grids"] as { bidirectional: boolean; num_buckets: number; max_distance: number }[];
    for (const { bidirectional, num_buckets: buckets, max_distance: maxDistance } of grids) {
      const direction = bidirectional ? "bidirectional" : "causal";
      const got = offsets.map((offset) => t5Bucket(offset, { buckets, maxDistance, direction }));
      expect(got).toEqual([...case_.array(`${direction}_${buckets}_${maxDistance}`).values]);
    }
  });

  test("xt_t5_bias", () => {
    const case_ = golden("xt_t5_bias");
    const number = (key: string) => Number(case_.config[key]);
    const encoding = t5({
      buckets: number("num_buckets"),
      maxDistance: number("max_distance"),
      direction: case_.config["causal"] === true ? "causal" : "bidirectional",
      biasScale: number("bias_scale"),
    });
    const [queries, keys] = [number("query_len"), number("key_len")];
    const { position, bias } = matrix(encoding, number("heads"), [queries, keys, keys - queries]);
    const load = (name: string) => tensor(case_.array(name).values, [...case_.array(name).shape]);
    const weight = position.parameters["weight"];
    weight?.assign(load("relative_attention_bias.weight"));
    case_.expectClose("bias", bias().dataSync());
    const flat = [number("heads"), queries * keys];
    const [gradient] = grads(() => mul(bias(), reshape(load("cotangent"), flat)))([weight as Tensor]);
    case_.expectClose("grad.relative_attention_bias.weight", gradient?.dataSync() ?? []);
  });
});
