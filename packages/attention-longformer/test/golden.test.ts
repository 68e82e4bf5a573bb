import {
  type Scalar,
  mul,
  reshape,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
  type Variable,
  variable,
  variableGrads,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { beforeAll, describe, it } from "vitest";
import { longformer } from "../src/index.ts";
import { goldenCase } from "../../attention/test/golden-case.ts";

beforeAll(() => setBackend("cpu"));

const roles = ["query", "key", "value"] as const;
interface Config {
  readonly N: number;
  readonly B: number;
  readonly num_heads: number;
  readonly hidden_size: number;
  readonly one_sided_window: number;
}

/** Hugging Face's LongformerSelfAttention: the layer's own projections here, the mechanism for everything else. */
describe("transformers' Longformer", () => {
  it.each(["longformer_window", "longformer_window_8", "longformer_global", "longformer_global_padding"])(
    "%s",
    async (id) => {
      const golden = goldenCase(id);
      const {
        B,
        N,
        num_heads: heads,
        hidden_size: dModel,
        one_sided_window: side,
      } = golden.config as unknown as Config;
      const headDim = dModel / heads;
      const mechanism = longformer({ before: side, after: side, global: true }).build({
        heads,
        keyValueHeads: heads,
        headDim,
        valueDim: headDim,
        scale: 1 / Math.sqrt(headDim),
        maxLength: N,
        causal: false,
        dropout: 0,
        dModel,
        seed: 1,
      });
      // A torch weight is [out, in].
      const own = new Map<string, Variable>([["x", variable(golden.tensor("x"))]]);
      for (const role of roles) {
        own.set(`${role}.weight`, variable(transpose(golden.tensor<Tensor2D>(`${role}.weight`))));
        own.set(`${role}.bias`, variable(golden.tensor(`${role}.bias`)));
        for (const part of ["weight", "bias"] as const) {
          const parameter = mechanism.parameters[`global.${role}.${part}`]!;
          const stored = golden.tensor(`${role}_global.${part}`);
          parameter.assign(part === "weight" ? transpose(stored) : stored);
          own.set(`${role}_global.${part}`, parameter);
        }
      }
      const valid = golden.tensor<Tensor2D>("valid_mask");
      const flags = golden.tensor("global_mask").arraySync() as number[][];
      const globals = flags.map((row) => row.flatMap((flag, position) => (flag === 1 ? [position] : [])));
      const x = own.get("x") as unknown as Tensor3D;
      const head = (role: string) => {
        const flat = linear(x, own.get(`${role}.weight`) as unknown as Tensor2D, own.get(`${role}.bias`) as never);
        return transpose(reshape(flat, [B, N, heads, headDim]), [0, 2, 1, 3]) as Tensor4D;
      };
      const output = () => {
        const call = {
          q: head("query"),
          k: head("key"),
          v: head("value"),
          input: () => x,
          keyPadding: valid,
          globals,
          queryOffset: 0,
          training: false,
          step: 0,
        };
        const merged = reshape(transpose(mechanism.attend(call), [0, 2, 1, 3]), [B, N, dModel]);
        return mul(merged, reshape(valid, [B, N, 1])); // the layer zeroes the rows of padding queries
      };

      await golden.expectClose(output(), "output");
      const { grads } = variableGrads(
        () => sum(mul(output(), golden.tensor("cotangent"))) as Scalar,
        [...own.values()],
      );
      for (const [name, each] of own) {
        const gradient: Tensor = grads[each.name] ?? zerosLike(each);
        await golden.expectClose(name.endsWith("weight") ? transpose(gradient) : gradient, `grad.${name}`);
      }
    },
  );
});
