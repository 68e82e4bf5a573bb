import {
  addN,
  concat,
  grads,
  mul,
  reshape,
  setBackend,
  slice,
  sum,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  transpose,
} from "@tensorflow/tfjs-core";
import type { Mechanism, StepState } from "@attention-lab/attention";
import { scope } from "@attention-lab/tensors";
import { beforeAll, expect, it } from "vitest";
import { linear } from "../src/index.ts";
import { goldenCase, type GoldenCase } from "../../attention/test/golden-case.ts";

beforeAll(() => setBackend("cpu"));

type Outputs = Readonly<Record<string, Tensor>>;
type Heads = readonly [q: Tensor4D, k: Tensor4D, v: Tensor4D];

/** fast-transformers puts positions before heads: [B,N,H,D] <-> [B,H,N,D]. */
const swapped = (x: Tensor) => transpose(x, [0, 2, 1, 3]) as Tensor4D;

function mechanismFor(golden: GoldenCase): Mechanism {
  const { H, D, Dv, N, eps, causal } = golden.config as Record<string, number> & { causal: boolean };
  const [heads, headDim, valueDim] = [H as number, D as number, Dv as number];
  return linear({ epsilon: eps as number }).build({
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim,
    scale: headDim ** -0.5,
    maxLength: N as number,
    causal,
    dropout: 0,
    seed: 0,
  });
}

const input = (): never => {
  throw new Error("linear attention has no use for the layer's input");
};

function attendAll(golden: GoldenCase, padding: { keyPadding?: Tensor2D }) {
  const { attend } = mechanismFor(golden);
  return ([q, k, v]: Heads): Outputs => ({
    output: swapped(attend({ q, k, v, ...padding, input, queryOffset: 0, training: false, step: 0 })),
  });
}

/** One step for each position, and the state that is left: sum of phi(k) v^T and sum of phi(k). */
function attendByStep(golden: GoldenCase) {
  const { stepwise } = mechanismFor(golden);
  if (stepwise === undefined) throw new Error("linear attention must decode step by step, got no stepwise form");
  return ([q, k, v]: Heads): Outputs => {
    const rows: Tensor4D[] = [];
    let state: StepState = stepwise.start(q.shape[0]);
    for (let position = 0; position < q.shape[2]; position++) {
      const at = (x: Tensor4D) => slice(x, [0, 0, position, 0], [x.shape[0], x.shape[1], 1, x.shape[3]]);
      const next = stepwise.step(state, { q: at(q), k: at(k), v: at(v), position });
      rows.push(next.output);
      state = next.state;
    }
    const normaliser = state["normaliser"] as Tensor4D; // [B,H,D,1]
    return {
      output: swapped(concat(rows, 2)),
      state_s: state["sums"] as Tensor4D,
      state_z: reshape(normaliser, normaliser.shape.slice(0, 3)),
    };
  };
}

/** Outputs, and gradients of the sum of all outputs times their cotangents. */
async function expectGolden(golden: GoldenCase, run: (heads: Heads) => Outputs) {
  const inputs = (["q", "k", "v"] as const).map((name) => golden.tensor<Tensor4D>(name));
  const outputs = (x: readonly Tensor[]) => run(x.map(swapped) as unknown as Heads);
  const got = outputs(inputs);
  for (const [name, value] of Object.entries(got)) await golden.expectClose(value, name);
  const cotangent = (name: string) => golden.tensor(Object.keys(got).length === 1 ? "cotangent" : `cotangent.${name}`);
  const loss = (...x: Tensor[]) =>
    addN(Object.entries(outputs(x)).map(([name, value]) => sum(mul(value, cotangent(name))))) as Scalar;
  const gradients = scope("golden gradients", () => grads(loss)(inputs));
  for (const [i, name] of ["q", "k", "v"].entries()) await golden.expectClose(gradients[i]!, `grad.${name}`);
  expect(gradients).toHaveLength(3);
}

it.each(["linear_attention", "linear_attention_causal", "linear_attention_cross_padding"])("%s", async (id) => {
  const golden = goldenCase(id);
  const padding = id.endsWith("padding") ? { keyPadding: golden.tensor<Tensor2D>("valid_mask") } : {};
  await expectGolden(golden, attendAll(golden, padding));
});

it("linear_attention_recurrent: outputs, state and gradients, step by step", async () => {
  const golden = goldenCase("linear_attention_recurrent");
  await expectGolden(golden, attendByStep(golden));
});

it("linear_attention_recurrent: the same outputs all at once", async () => {
  const golden = goldenCase("linear_attention_recurrent");
  const heads = (["q", "k", "v"] as const).map((name) => swapped(golden.tensor(name))) as unknown as Heads;
  await golden.expectClose(attendAll(golden, {})(heads)["output"]!, "output");
});
