import {
  concat,
  mul,
  reshape,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
  type Variable,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { Attention, Call } from "@attention-lab/attention";
import { attentionalVector, bahdanau, luong } from "@attention-lab/attention-seq2seq";
import { linear } from "@attention-lab/ops";
import { beforeAll, describe, it } from "vitest";
import { goldenCase } from "../../attention/test/golden-case.ts";

beforeAll(async () => void (await setBackend("cpu")));

interface Case {
  readonly attention: Attention;
  /** Golden weights [out, in] by the name of our parameter, which holds [1, in, out], or a vector [1, units]. */
  readonly own: Readonly<Record<string, string>>;
  readonly output: (context: Tensor, query: Tensor, weight: Tensor2D, bias?: Tensor1D) => Tensor;
}

/** Luong's attentional vector; the additive layer of the package leaves out its tanh. */
const cases: Record<string, Case> = {
  luong_dot: { attention: luong({ score: "dot" }), own: {}, output: attentionalVector },
  luong_general: {
    attention: luong({ score: "general" }),
    own: { "score.weight": "linear_in.weight" },
    output: attentionalVector,
  },
  bahdanau_mlp: {
    attention: bahdanau({ units: 4, bias: true }),
    own: {
      "query.weight": "linear_query.weight",
      "key.weight": "linear_context.weight",
      "score.weight": "v.weight",
      bias: "linear_query.bias",
    },
    output: (context, query, weight, bias) => linear(concat([context, query], -1), weight, bias),
  },
};

const turned = (x: Tensor) => (x.rank === 2 && (x.shape[0] ?? 0) > 1 ? transpose(x) : x);

describe("OpenNMT's GlobalAttention", () => {
  it.each(Object.keys(cases))("%s", async (id) => {
    const golden = goldenCase(id);
    const { attention, own, output: combine } = cases[id] as Case;
    const mechanism = attention.build({
      heads: 1,
      keyValueHeads: 1,
      headDim: 4,
      valueDim: 4,
      scale: 0.5,
      maxLength: 8,
      causal: false,
      dropout: 0,
      seed: 1,
    });
    for (const [name, theirs] of Object.entries(own)) {
      const held = mechanism.parameters[name] as Variable;
      held.assign(reshape(turned(golden.tensor(theirs)), held.shape));
    }
    const query = variable(golden.tensor<Tensor3D>("query"));
    const memory = variable(golden.tensor<Tensor3D>("memory"));
    const weight = variable(golden.tensor("linear_out.weight"));
    const bias = id === "bahdanau_mlp" ? variable(golden.tensor("linear_out.bias")) : undefined;
    const lengths = golden.tensor("lengths").dataSync();
    const keyPadding = tensor([...lengths].map((n) => [0, 1, 2, 3, 4].map((j) => Number(j < n)))) as Tensor2D;

    const call = (): Call => {
      const heads = (x: Variable, length: number) => reshape(x, [2, 1, length, 4]) as Tensor4D;
      const [q, k] = [heads(query, 3), heads(memory, 5)];
      const input = () => query as unknown as Tensor3D;
      return { q, k, v: k, keyPadding, input, queryOffset: 0, training: false, step: 0 };
    };
    const output = () => {
      const context = reshape(mechanism.attend(call()), [2, 3, 4]);
      return combine(context, query, transpose(weight) as Tensor2D, bias as Tensor1D | undefined);
    };
    await golden.expectClose(output(), "output");
    await golden.expectClose(reshape(mechanism.weights?.(call()) as Tensor, [2, 3, 5]), "attention");

    const inputs = { query, memory, "linear_out.weight": weight, ...(bias && { "linear_out.bias": bias }) };
    const loss = () => sum(mul(output(), golden.tensor("cotangent"))) as Scalar;
    const { grads } = variableGrads(loss, [...Object.values(inputs), ...Object.values(mechanism.parameters)]);
    for (const [name, held] of Object.entries(inputs)) {
      await golden.expectClose(grads[held.name] as Tensor, `grad.${name}`);
    }
    for (const [name, theirs] of Object.entries(own)) {
      const gradient = grads[(mechanism.parameters[name] as Variable).name] as Tensor;
      const [, ...shape] = gradient.shape;
      const stored = shape.length === 2 ? transpose(reshape(gradient, shape)) : gradient;
      await golden.expectClose(reshape(stored, golden.tensor(theirs).shape), `grad.${theirs}`);
    }
  });
});
