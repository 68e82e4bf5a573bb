import { gelu } from "@attention-lab/ops";
import { grads, mul, setBackend, sum, tensor, type Scalar, type Tensor, variableGrads } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { Embedding, LayerNorm, type Parameters, RMSNorm } from "../src/index.ts";
import { golden } from "../../tensors/test/golden.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

type Golden = ReturnType<typeof golden>;

function load(case_: Golden, name: string, dtype: "float32" | "int32" = "float32"): Tensor {
  const { shape, values } = case_.array(name);
  return tensor(values, shape, dtype);
}

/** Output, the gradient of x and of every parameter, against the case. */
function checkLayer(case_: Golden, layer: { call(x: Tensor): Tensor; parameters(): Parameters }, x: Tensor): void {
  const parameters = Object.entries(layer.parameters()).filter(([name]) => case_.has(name));
  for (const [name, variable] of parameters) variable.assign(load(case_, name));
  case_.expectClose("output", layer.call(x).dataSync());
  const cotangent = load(case_, "cotangent");
  const loss = () => sum<Scalar>(mul(layer.call(x), cotangent));
  if (case_.has("grad.x")) {
    const [dx] = grads((input: Tensor) => mul(layer.call(input), cotangent))([x]);
    case_.expectClose("grad.x", dx?.dataSync() ?? []);
  }
  if (parameters.length === 0) return;
  const byVariable = variableGrads(
    loss,
    parameters.map(([, variable]) => variable),
  );
  for (const [name, variable] of parameters)
    case_.expectClose(`grad.${name}`, byVariable.grads[variable.name]?.dataSync() ?? []);
}

describe("golden", () => {
  test.each(["layer_norm", "layer_norm_eps1e-2_offset", "layer_norm_no_affine"])("%s", (id) => {
    const case_ = golden(id);
    const x = load(case_, "x");
    checkLayer(case_, new LayerNorm({ name: id, width: x.shape.at(-1) ?? 0, epsilon: Number(case_.config["eps"]) }), x);
  });

  test.each(["rms_norm", "rms_norm_small_eps1e-3"])("%s", (id) => {
    const case_ = golden(id);
    const x = load(case_, "x");
    checkLayer(case_, new RMSNorm({ name: id, width: x.shape.at(-1) ?? 0, epsilon: Number(case_.config["eps"]) }), x);
  });

  test("embedding_repeated", () => {
    const case_ = golden("embedding_repeated");
    const layer = new Embedding({
      name: "e",
      rows: Number(case_.config["vocab"]),
      width: Number(case_.config["dim"]),
      seed: 1,
    });
    checkLayer(case_, layer, load(case_, "ids", "int32"));
  });

  test("embedding_padding_idx (forward: our tables have no row that is exempt from training)", () => {
    const case_ = golden("embedding_padding_idx");
    const layer = new Embedding({
      name: "e",
      rows: Number(case_.config["vocab"]),
      width: Number(case_.config["dim"]),
      seed: 1,
    });
    layer.weight.assign(load(case_, "weight"));
    case_.expectClose("output", layer.call(load(case_, "ids", "int32")).dataSync());
  });

  test.each(["erf", "tanh"] as const)("gelu_%s", (form) => {
    const case_ = golden(`gelu_${form}`);
    const x = load(case_, "x");
    expect(case_.config["form"]).toBe(form);
    case_.expectClose("output", gelu(x, form).dataSync());
    const [dx] = grads((input: Tensor) => mul(gelu(input, form), load(case_, "cotangent")))([x]);
    case_.expectClose("grad.x", dx?.dataSync() ?? []);
  });
});
