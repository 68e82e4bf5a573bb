import { attendHeads } from "@attention-lab/attention/testkit";
import { gpuClock, peakBytes } from "@attention-lab/backends";
import { readVariant, variantsByName } from "@attention-lab/catalog";
import { composedAttention } from "@attention-lab/ops";
import { median } from "@attention-lab/results";
import { randomNormal, valueAndGradients } from "@attention-lab/tensors";
import { dispose, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { attentionShape } from "./contestant.ts";
import type { GpuCase } from "./gpu-cases.ts";
import { siteAt } from "./subjects.ts";

/** What one way takes: the median seconds of a call until a value of its last result was read, and the most bytes above its inputs. */
export interface GpuFigure {
  readonly seconds: number;
  /** Of those, the device's own by its timestamps. */
  readonly gpuSeconds?: number | undefined;
  readonly peakBytes?: number | undefined;
}

type Attend = (q: Tensor4D, k: Tensor4D, v: Tensor4D) => Tensor;

export function ourFigure(of: GpuCase, rounds: number): Promise<GpuFigure> {
  const known = variantsByName[of.variant];
  if (known === undefined) throw new RangeError(`bench gpu: a variant must be one of the catalogue, got ${of.variant}`);
  const mechanism = readVariant(known, of.options).attention.build(siteAt(of.length));
  return figure((q, k, v) => attendHeads(mechanism, { q, k, v }), of, rounds);
}

/** Full attention of TensorFlow.js's own operations; undefined where its matrix would be more than they put into one buffer. */
export async function stockFigure(of: GpuCase, rounds: number): Promise<GpuFigure | undefined> {
  const bytes = 4 * attentionShape.batch * attentionShape.heads * of.length ** 2;
  if (of.variant !== "full" || bytes > 2 ** 30) return undefined;
  const options = { pattern: { causal: false }, scale: attentionShape.headDim ** -0.5, queryOffset: 0 };
  return figure((q, k, v) => composedAttention({ q, k, v }, options), of, rounds);
}

async function figure(attend: Attend, { length, backward }: GpuCase, rounds: number): Promise<GpuFigure> {
  const { batch, heads, headDim } = attentionShape;
  const make = (seed: number) => randomNormal(seed, [batch, heads, length, headDim]) as Tensor4D;
  const [q, k, v, cotangent] = [make(1), make(2), make(3), make(4)];
  const call = (): Tensor[] => {
    if (!backward) return [attend(q, k, v)];
    const { value, gradients } = valueAndGradients(() => attend(q, k, v), [q, k, v], cotangent);
    return [value, ...gradients.filter((gradient) => gradient !== undefined)];
  };
  const read = async (results: readonly Tensor[]): Promise<void> => {
    const one = slice(results.at(-1) ?? q, [0, 0, 0, 0], [1, 1, 1, 1]);
    await one.data();
    dispose([one, ...results]);
  };
  await read(call()); // compiles, and uploads the inputs
  const meter = peakBytes();
  meter.reset();
  const weighed = call();
  const bytes = meter.read();
  await read(weighed);
  const samples: { readonly seconds: number; readonly gpu: number | undefined }[] = [];
  for (let round = 0; round < rounds; round++) {
    const clock = gpuClock();
    clock?.start();
    const started = performance.now();
    await read(call());
    samples.push({ seconds: (performance.now() - started) / 1000, gpu: await clock?.stop() });
  }
  dispose([q, k, v, cotangent]);
  const gpu = samples.flatMap((sample) => sample.gpu ?? []);
  return {
    seconds: median(samples.map(({ seconds }) => seconds)),
    gpuSeconds: gpu.length > 0 ? median(gpu) : undefined,
    peakBytes: bytes,
  };
}
