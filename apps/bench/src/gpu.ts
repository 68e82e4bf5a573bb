import { useBackend } from "@attention-lab/backends";
import { attendHeads } from "@attention-lab/attention/testkit";
import { exampleOptions, readVariant, variantsByName } from "@attention-lab/catalog";
import { composedAttention } from "@attention-lab/ops";
import { median } from "@attention-lab/results";
import { randomNormal, valueAndGradients } from "@attention-lab/tensors";
import { dispose, slice, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { attentionShape } from "./contestant.ts";
import { makeDecoder, timeDecoder } from "./our-decoder.ts";
import { startPython } from "./python.ts";
import { siteAt } from "./subjects.ts";

/** One line of the table: what is computed, and by which of PyTorch's ways beside ours. */
export interface GpuCase {
  readonly variant: string;
  readonly length: number;
  readonly backward: boolean;
}

export interface GpuOptions {
  /** Print the table on a software adapter too, where it says nothing about any graphics card. */
  readonly software: boolean;
  readonly quick: boolean;
  readonly python: string;
}

const lengths = [1024, 4096, 16_384, 65_536];
const efficient = ["local", "longformer", "linear", "performer"];

/** Full attention at all lengths and the efficient variants at the longest, forward and forward with backward. */
export function gpuCases(quick: boolean): GpuCase[] {
  const cases = [
    ...(quick ? [64] : lengths).map((length) => ({ variant: "full", length })),
    ...efficient.flatMap((variant) => (quick ? [64] : [16_384, 65_536]).map((length) => ({ variant, length }))),
  ];
  return cases.flatMap((one) => [false, true].map((backward) => ({ ...one, backward })));
}

/** The decoder of which one training step is timed: GPT-2's smallest width at half its depth. */
const decoder = { kind: "train", name: "decoder", layers: 6, dModel: 768, heads: 12, feedForward: 3072 } as const;

/**
 * `npm run bench -- gpu [--software --quick --python PATH]`: our kernels, TensorFlow.js's own operations and, where PyTorch sees a card, its
 * attention in both precisions, side by side in one run. Throws an Error where there is no adapter, or only a software one.
 */
export async function gpu({ software, quick, python }: GpuOptions): Promise<void> {
  const { why, engine } = await useBackend("webgpu");
  if (!software && why.includes("a software adapter")) {
    throw new Error(`bench gpu: figures need a graphics card, got ${why}; --software prints them nevertheless`);
  }
  console.log(`webgpu: ${why}\nmilliseconds, medians of ${rounds(quick)} rounds, B=1 H=4 D=64, not causal, float32`);
  const torch = await startPython("torch_gpu.py", python);
  if (torch === undefined) console.log(`PyTorch with CUDA was not found in ${python}: it is skipped`);
  console.log(["case", engine ?? "webgpu", "stock webgpu", "torch float32", "torch float16"].join("\t"));
  for (const one of gpuCases(quick)) {
    const ours = await timeOurs(one, quick);
    const stock = one.variant === "full" && fits(one) ? await timeStock(one, quick) : undefined;
    const peers = torch === undefined ? {} : await torch.ask({ ...attentionShape, ...one });
    const cells = [ours, stock, seconds(peers["float32"]), seconds(peers["float16"])].map(cell);
    console.log([`${one.variant} ${one.length}${one.backward ? " step" : " forward"}`, ...cells].join("\t"));
  }
  const size = quick ? { layers: 1, dModel: 32, heads: 2, feedForward: 64 } : {};
  const shape = { ...decoder, ...size, vocabulary: quick ? 64 : 50_257, length: quick ? 32 : 1024, batch: 1 };
  const made = makeDecoder({ ...shape, warmups: 1, repeats: 1 });
  await timeDecoder(made, 1);
  console.log(
    `decoder step, ${shape.layers} layers of ${shape.dModel}\t${cell(await timeDecoder(made, quick ? 1 : 5))}`,
  );
  made.dispose();
  torch?.close();
}

const rounds = (quick: boolean): number => (quick ? 1 : 7);
const cell = (x: number | undefined): string => (x === undefined ? "-" : (1000 * x).toPrecision(3));
const seconds = (x: unknown): number | undefined => (typeof x === "number" ? x : undefined);

/** Whether the matrix of all heads stays within what stock TensorFlow.js puts into one buffer. */
const fits = ({ length }: GpuCase): boolean => 4 * attentionShape.heads * length ** 2 <= 2 ** 30;

function timeOurs({ variant, length, backward }: GpuCase, quick: boolean): Promise<number> {
  const known = variantsByName[variant];
  if (known === undefined) throw new Error(`bench gpu: ${variant} must be a variant of the catalogue, got no such one`);
  const { attention } = readVariant(known, exampleOptions(variant, "usual"));
  const mechanism = attention.build(siteAt(length));
  return timed((q, k, v) => attendHeads(mechanism, { q, k, v }), { length, backward, quick });
}

function timeStock({ length, backward }: GpuCase, quick: boolean): Promise<number> {
  const options = { pattern: { causal: false }, scale: attentionShape.headDim ** -0.5, queryOffset: 0 };
  return timed((q, k, v) => composedAttention({ q, k, v }, options), { length, backward, quick });
}

/** Median seconds of one call. A call is over when a value of its last result has been read. */
async function timed(
  attend: (q: Tensor4D, k: Tensor4D, v: Tensor4D) => Tensor,
  { length, backward, quick }: { readonly length: number; readonly backward: boolean; readonly quick: boolean },
): Promise<number> {
  const { batch, heads, headDim } = attentionShape;
  const make = (seed: number) => randomNormal(seed, [batch, heads, length, headDim]) as Tensor4D;
  const [q, k, v, cotangent] = [make(1), make(2), make(3), make(4)];
  const once = async (): Promise<number> => {
    const started = performance.now();
    const all = backward
      ? (({ value, gradients }) => [value, ...gradients])(
          valueAndGradients(() => attend(q, k, v), [q, k, v], cotangent),
        )
      : [attend(q, k, v)];
    const results = all.filter((x) => x !== undefined);
    const one = slice(results.at(-1) ?? q, [0, 0, 0, 0], [1, 1, 1, 1]);
    await one.data();
    const taken = (performance.now() - started) / 1000;
    dispose([one, ...results]);
    return taken;
  };
  await once();
  const samples: number[] = [];
  for (let round = 0; round < rounds(quick); round++) samples.push(await once());
  dispose([q, k, v, cotangent]);
  return median(samples);
}
