import { concat, reshape, slice, type Tensor, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import type { Mechanism, StepState } from "@attention-lab/attention";
import { linear } from "@attention-lab/attention-linear";
import { type Adapter, golden, program, type Tensors } from "../adapter.ts";
import { attendHeads } from "../attend-heads.ts";
import { maskOf } from "../mask-of.ts";

/** fast-transformers' linear attention: positions before heads, all at once or, where the case holds its state, one step per token. */
export const linearAdapter: Adapter = (config, case_) => {
  config.described("B", "N", "M", "precision");
  config.expect("feature_map", (map) => map === "elu(x) + 1");
  config.expect("scale", (scale) => scale === "none");
  config.expect("eps_place", (place) => place === "added to the denominator q.(sum of k)");
  config.expect("layout", (layout) => String(layout).startsWith("[B, N, H, D]"));
  const [heads, headDim] = [config.number("H"), config.number("D")];
  const mechanism = linear({ epsilon: config.number("eps") }).build({
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: config.number("Dv"),
    scale: headDim ** -0.5, // not read by this variant
    maxLength: Math.max(golden(case_, "q").shape[1] ?? 1, golden(case_, "k").shape[1] ?? 1),
    causal: config.flag("causal"),
    dropout: 0,
    seed: 0,
  });
  return program((tensors) => {
    if (case_.tensors["state_s"] !== undefined) return stepByStep(mechanism, headsOf(tensors));
    const keyPadding = maskOf(case_, "valid_mask");
    const call = { ...headsOf(tensors), ...(keyPadding === undefined ? {} : { keyPadding }) };
    return { output: swapped(attendHeads(mechanism, call)) };
  });
};

function stepByStep({ stepwise }: Mechanism, { q, k, v }: Heads): Tensors {
  if (stepwise === undefined) throw new Error("linear attention must decode step by step, got no stepwise form");
  const outputs: Tensor4D[] = [];
  let state: StepState = stepwise.start(q.shape[0]);
  for (let position = 0; position < q.shape[2]; position++) {
    const row = (x: Tensor4D) => slice(x, [0, 0, position, 0], [x.shape[0], x.shape[1], 1, x.shape[3]]);
    const next = stepwise.step(state, { q: row(q), k: row(k), v: row(v), position });
    outputs.push(next.output);
    state = next.state;
  }
  const { sums, normaliser } = state as { sums: Tensor4D; normaliser: Tensor4D }; // [B,H,D,Dv], [B,H,D,1]
  return {
    output: swapped(concat(outputs, 2)),
    state_s: sums,
    state_z: reshape(normaliser, normaliser.shape.slice(0, 3)),
  };
}

interface Heads {
  readonly q: Tensor4D;
  readonly k: Tensor4D;
  readonly v: Tensor4D;
}

function headsOf(tensors: Tensors): Heads {
  const named = (name: string) => swapped(tensors[name] as Tensor);
  return { q: named("q"), k: named("k"), v: named("v") };
}

/** [B,N,H,D] <-> [B,H,N,D]. */
function swapped(x: Tensor): Tensor4D {
  return transpose(x, [0, 2, 1, 3]) as Tensor4D;
}
