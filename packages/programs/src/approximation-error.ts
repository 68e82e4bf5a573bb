import { positiveCount } from "@attention-lab/attention";
import { readAttention } from "@attention-lab/catalog";
import { defineProgram } from "@attention-lab/sweep";
import { carry, deriveSeed, randomNormal, scope } from "@attention-lab/tensors";
import { mul, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { layerCost, layerShape, type LayerShape, layerSite, refusal, variantVersion } from "./layer-shape.ts";

const schema = z.strictObject({
  ...layerShape,
  headDim: positiveCount.default(16),
  /** Standard deviation of queries and keys: larger ones make sharper attention, with more weights near 0. */
  spread: z.number().positive().default(1),
  /** Independent inputs and layers that the errors are averaged over. */
  samples: positiveCount.default(5),
});
type Parameters = z.output<typeof schema>;

const exactly = readAttention({ name: "full" });
/** Roughly: TensorFlow.js operations of a sample, and seconds to draw a normal number and compare two on the host. */
const [callsOfSample, numberSeconds] = [100, 1e-7];

/**
 * How far a variant's output is from full attention on Gaussian inputs, as figure 4 of Choromanski et al. 2021 measures it: q and k are normal with
 * deviation `spread`, v is standard normal, [B,H,N,D]; each sample draws new inputs and builds the layer from a new seed.
 *
 * Metrics: `meanSquaredError` of the output's elements, `relativeError` = |approximation - exact| / |exact| (Frobenius), both averaged over the samples.
 */
export const approximationError = defineProgram({
  name: "approximation-error",
  version: 1,
  parameters: schema,
  refuse: refusal,
  versions: variantVersion,
  cost(parameters) {
    const { samples, batch, heads, length, headDim } = parameters;
    const [own, exact] = [layerCost(parameters), layerCost(parameters, exactly)];
    const elements = batch * heads * length * headDim;
    return {
      operations: samples * (own.flops + exact.flops),
      // q, k, v and the outputs as the host compares them live beside what a layer holds.
      bytes: Math.max(own.peakBytes, exact.peakBytes) + 4 * 5 * elements,
      calls: samples * callsOfSample,
      seconds: samples * 3 * elements * numberSeconds,
    };
  },
  async run(parameters, { seed, report }) {
    const errors: { meanSquaredError: number; relativeError: number }[] = [];
    for (let sample = 0; sample < parameters.samples; sample++) {
      const error = await errorOf(parameters, deriveSeed(seed, "approximation error", sample));
      errors.push(error);
      report(error);
    }
    const mean = (key: "meanSquaredError" | "relativeError"): number =>
      errors.reduce((sum, error) => sum + error[key], 0) / errors.length;
    return { meanSquaredError: mean("meanSquaredError"), relativeError: mean("relativeError") };
  },
});

async function errorOf(parameters: Parameters, seed: number) {
  const inputs = scope("inputs", () => normalInputs(parameters, seed));
  const [approximate, exact] = [
    await output(parameters, parameters.attention, inputs, seed),
    await output(parameters, { name: "full" }, inputs, seed),
  ];
  release(inputs);
  let [squares, norm] = [0, 0];
  exact.forEach((value, i) => {
    squares += ((approximate[i] ?? 0) - value) ** 2;
    norm += value ** 2;
  });
  return { meanSquaredError: squares / exact.length, relativeError: Math.sqrt(squares / norm) };
}

/** q, k and v, each [B,H,N,D]. */
function normalInputs({ batch, heads, length, headDim, spread }: Parameters, seed: number): Tensor4D[] {
  return ["q", "k", "v"].map((name) => {
    const values = randomNormal(deriveSeed(seed, name), [batch, heads, length, headDim]) as Tensor4D;
    return name === "v" ? values : mul(values, spread);
  });
}

async function output(
  shape: Parameters,
  attention: LayerShape["attention"],
  inputs: readonly Tensor4D[],
  seed: number,
): Promise<Float32Array> {
  const [q, k, v] = inputs as [Tensor4D, Tensor4D, Tensor4D];
  const mechanism = readAttention(attention).attention.build(layerSite(shape, deriveSeed(seed, "layer")));
  const out = scope("attend", () =>
    mechanism.attend({ q, k, v, input: noInput, queryOffset: 0, training: false, step: 0 }),
  );
  const values = (await out.data()) as Float32Array;
  // A copy: the backend may hand out its own memory.
  const copy = Float32Array.from(values);
  release([out, ...Object.values(mechanism.parameters)]);
  return copy;
}

/** `carry` is what may free tensors outside a scope. */
function release(tensors: readonly Tensor[]): void {
  carry([...tensors], () => undefined);
}

function noInput(): never {
  throw new Error("approximation-error: there is no layer input; global tokens are not part of it");
}
