import {
  add,
  type Scalar,
  mul,
  setBackend,
  sum,
  type Tensor2D,
  type Tensor3D,
  transpose,
  type Variable,
  variable,
  variableGrads,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@attention-lab/attention";
import { beforeAll, describe, it } from "vitest";
import { linformer } from "../src/index.ts";
import { goldenCase } from "../../attention/test/golden-case.ts";

beforeAll(() => setBackend("cpu"));

interface Config {
  readonly dim: number;
  readonly heads: number;
  readonly seq_len: number;
  readonly k: number;
  readonly one_kv_head: boolean;
  readonly share_kv: boolean;
}

/** The linformer package shares one projection by all heads; its share_kv makes the values the keys, so there W_v is W_k and F is E. */
describe("linformer (lucidrains)", () => {
  it.each(["linformer", "linformer_share_kv_short", "linformer_one_kv_head_context"])("%s", async (id) => {
    const golden = goldenCase(id);
    const {
      dim: dModel,
      heads,
      seq_len: maxLength,
      k: rank,
      one_kv_head: one,
      share_kv: share,
    } = golden.config as unknown as Config;
    const layer = new MultiHeadAttention({
      name: id,
      attention: linformer({ rank, sharing: share ? "key-value" : "headwise" }),
      dModel,
      heads,
      keyValueHeads: one ? 1 : heads,
      maxLength,
      bias: true,
      seed: 1,
    });
    // Ours by the names of the package; a torch weight is [out, in]. The biases that it lacks start at 0 here.
    const parameters = layer.parameters();
    const ours: Record<string, readonly string[]> = {
      "to_q.weight": ["query.weight"],
      "to_k.weight": share ? ["key.weight", "value.weight"] : ["key.weight"],
      ...(share ? {} : { "to_v.weight": ["value.weight"] }),
      "to_out.weight": ["output.weight"],
      "to_out.bias": ["output.bias"],
      proj_k: [share ? "mechanism.projection" : "mechanism.key.projection"],
      ...(share ? {} : { proj_v: ["mechanism.value.projection"] }),
    };
    const flipped = (name: string) => name.startsWith("to_") && name.endsWith("weight");
    for (const [name, targets] of Object.entries(ours)) {
      const stored = golden.tensor<Tensor2D>(name);
      for (const target of targets) parameters[target]!.assign(flipped(name) ? transpose(stored) : stored);
    }
    const x: Variable = variable(golden.tensor("x"));
    const context = "M" in golden.config && id.endsWith("context") ? variable(golden.tensor("context")) : undefined;
    const output = () =>
      layer.call(x as unknown as Tensor3D, context === undefined ? {} : { memory: context as unknown as Tensor3D });

    await golden.expectClose(output(), "output");
    const inputs = context === undefined ? [x] : [x, context];
    const loss = () => sum(mul(output(), golden.tensor("cotangent"))) as Scalar;
    const { grads } = variableGrads(loss, [...inputs, ...Object.values(parameters)]);
    const gradientOf = (each: Variable) => grads[each.name] ?? zerosLike(each);
    await golden.expectClose(gradientOf(x), "grad.x");
    if (context !== undefined) await golden.expectClose(gradientOf(context), "grad.context");
    for (const [name, targets] of Object.entries(ours)) {
      const total = targets.map((target) => gradientOf(parameters[target]!)).reduce((total, each) => add(total, each));
      await golden.expectClose(flipped(name) ? transpose(total) : total, `grad.${name}`);
    }
  });
});
