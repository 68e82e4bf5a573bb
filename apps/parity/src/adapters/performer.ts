import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { efficient } from "@attention-lab/attention-linear";
import { positiveFeatures, reluFeatures, sumToOne } from "@attention-lab/attention-performer";
import { featureAttention } from "@attention-lab/ops";
import { type Adapter, golden, program } from "../adapter.ts";
import { attendHeads, headsOf } from "../attend-heads.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";

/** lucidrains' performer-pytorch, with its projection given. */
export const performerAdapter: Adapter = (config, case_) => {
  config.described("B", "H", "N", "D");
  const features = config.number("num_features");
  const scale = (golden(case_, "q").shape.at(-1) as number) ** -0.5;
  return config.has("kernel") ? contraction(config, case_, features, scale) : featuresAlone(config, scale);
};

function featuresAlone(config: ConfigReader, scale: number) {
  config.expect("normaliser", (normaliser) => normaliser === "x * D^(-1/4)");
  config.described("softmax", "relu");
  return program(({ q, k, projection }) => {
    const rows = projection as Tensor2D;
    const softmax = (x: unknown, bound: "row" | "sequence") =>
      positiveFeatures(x as Tensor4D, rows, { scale, bound, epsilon: 1e-4 });
    const relu = (x: unknown) => reluFeatures(x as Tensor4D, rows, { scale, epsilon: 1e-3 });
    return {
      softmax_query: softmax(q, "row"),
      softmax_key: softmax(k, "sequence"),
      relu_query: relu(q),
      relu_key: relu(k),
    };
  });
}

/**
 * Its causal form adds 1e-6 to every component of the sum of key features, and its softmax keys subtract a maximum over all positions, so that outputs
 * depend on later keys: the `performer` variant does not do that, the exported maps do when asked.
 */
function contraction(config: ConfigReader, case_: GoldenCase, features: number, scale: number) {
  const kernel = config.text("kernel") ?? "";
  const epsilon = config.number("feature_eps");
  const causal = config.flag("causal");
  const keySumEpsilon = keySumEpsilonOf(config);
  if (kernel.startsWith("no projection")) return withoutProjection(case_, causal);
  const softmax = kernel.startsWith("positive softmax");
  if (!softmax && !kernel.startsWith("generalised, relu")) throw new NotCovered(`kernel = ${kernel}`);
  if (golden(case_, "projection").shape[0] !== features) throw new NotCovered(`num_features = ${features}`);
  return program((tensors) => {
    const rows = tensors["projection"] as Tensor2D;
    const map = (x: Tensor4D, bound: "row" | "sequence") =>
      softmax ? positiveFeatures(x, rows, { scale, epsilon, bound }) : reluFeatures(x, rows, { scale, epsilon });
    const { q, k, v } = headsOf(tensors);
    const qf = map(q, "row");
    const inputs = { qf: keySumEpsilon > 0 ? sumToOne(qf) : qf, kf: map(k, "sequence"), v };
    return { output: featureAttention(inputs, { causal, epsilon: keySumEpsilon }) };
  });
}

function keySumEpsilonOf(config: ConfigReader): number {
  const denominator = config.text("denominator") ?? "";
  if (denominator.endsWith("no eps")) return 0;
  if (denominator.includes("1e-6 is added to every component")) return 1e-6;
  throw new NotCovered(`denominator = ${denominator}`);
}

function withoutProjection(case_: GoldenCase, causal: boolean) {
  if (causal) throw new NotCovered("keys as exp(k), without a projection");
  const [, heads = 1, length = 1, headDim = 1] = golden(case_, "q").shape;
  const mechanism = efficient({}).build({
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: headDim,
    scale: 1,
    maxLength: length,
    causal,
    dropout: 0,
    seed: 0,
  });
  return program((tensors) => ({ output: attendHeads(mechanism, headsOf(tensors)) }));
}
