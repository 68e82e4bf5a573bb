import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { featureMapMechanism } from "@attention-lab/attention";
import { positiveFeatures, reluFeatures } from "@attention-lab/attention-performer";
import { type Adapter, golden, program } from "../adapter.ts";
import { attendHeads, headsOf } from "../attend-heads.ts";
import { type ConfigReader, Deviates, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";

const leak =
  "performer-pytorch's causal form subtracts a maximum over all keys and adds eps after it, so its outputs depend on later keys; ours do not";

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

function contraction(config: ConfigReader, case_: GoldenCase, features: number, scale: number) {
  const kernel = config.text("kernel") ?? "";
  const epsilon = config.number("feature_eps");
  const causal = config.flag("causal");
  const denominator = config.text("denominator") ?? "";
  const softmax = kernel.startsWith("positive softmax");
  if (!softmax && !kernel.startsWith("generalised, relu")) throw new NotCovered(`kernel = ${kernel}`);
  if (softmax && causal) throw new Deviates(leak);
  if (!denominator.includes("no eps")) throw new NotCovered("1e-6 added to every component of the key sum");
  const [, heads = 1, length = 1, headDim = 1] = golden(case_, "q").shape;
  return program((tensors) => {
    const rows = tensors["projection"] as Tensor2D;
    const site = {
      heads,
      keyValueHeads: heads,
      headDim,
      valueDim: headDim,
      scale,
      maxLength: length,
      causal,
      dropout: 0,
      seed: 0,
    };
    const mechanism = featureMapMechanism(site, {
      featureCount: features,
      epsilon: 0,
      map: (x, { role }) =>
        softmax
          ? positiveFeatures(x, rows, { scale, epsilon, bound: role === "query" ? "row" : "sequence" })
          : reluFeatures(x, rows, { scale, epsilon }),
    });
    return { output: attendHeads(mechanism, headsOf(tensors)) };
  });
}
