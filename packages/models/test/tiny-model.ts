import { sinusoidal } from "@attention-lab/position-encodings";
import { integers } from "@attention-lab/tensors";
import { tensor2d, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { type DecoderOnlyOptions, DecoderOnlyTransformer } from "../src/index.ts";
import { textbook } from "./toy-variants.ts";

export const vocabulary = 11;
export const tiny: DecoderOnlyOptions = {
  vocabulary,
  dModel: 8,
  heads: 2,
  layers: 2,
  feedForward: 12,
  maxLength: 16,
  dropout: 0,
  seed: 5,
  attention: textbook({}),
  position: sinusoidal({ layout: "interleaved" }),
  norm: "pre",
  activation: "geluTanh",
  tied: true,
};
export const build = (rest: Partial<DecoderOnlyOptions> = {}) => new DecoderOnlyTransformer({ ...tiny, ...rest });
export const idsOf = (ids: readonly number[], batch = 1): Tensor2D =>
  tensor2d([...ids], [batch, ids.length / batch], "int32");
export const someIds = (count: number, seed = 1) => [...integers(seed, count, vocabulary)];
export const logitsOf = (model: DecoderOnlyTransformer, ids: readonly number[], batch = 1) =>
  tidy(() => model.logits(idsOf(ids, batch))).dataSync();

export function dispose(model: DecoderOnlyTransformer): void {
  for (const parameter of Object.values(model.parameters())) parameter.dispose();
}

export const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? NaN))));
