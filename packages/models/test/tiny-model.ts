import { full } from "@attention-lab/attention-full";
import { sinusoidal } from "@attention-lab/position-encodings";
import { integers } from "@attention-lab/tensors";
import { tensor2d, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import {
  type DecoderOnlyOptions,
  DecoderOnlyTransformer,
  type EncoderDecoderOptions,
  type EncoderOnlyOptions,
} from "../src/index.ts";
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
const { tied: _, ...shared } = tiny;
export const encoder: EncoderOnlyOptions = { ...shared, attention: full({}), norm: "post" };
const { norm: __, activation: ___, dropout: ____, ...sizes } = shared;
export const pairs: EncoderDecoderOptions = { ...sizes, attention: full({}) };
export const build = (rest: Partial<DecoderOnlyOptions> = {}) => new DecoderOnlyTransformer({ ...tiny, ...rest });
export const idsOf = (ids: readonly number[], batch = 1): Tensor2D =>
  tensor2d([...ids], [batch, ids.length / batch], "int32");
export const someIds = (count: number, seed = 1) => [...integers(seed, count, vocabulary)];
export const logitsOf = (model: DecoderOnlyTransformer, ids: readonly number[], batch = 1) =>
  tidy(() => model.logits(idsOf(ids, batch))).dataSync();

export function dispose(model: { parameters(): Parameters }): void {
  for (const parameter of Object.values(model.parameters())) parameter.dispose();
}

export const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? NaN))));
