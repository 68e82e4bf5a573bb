import { type Tensor4D, dispose } from "@tensorflow/tfjs-core";
import type { Mechanism } from "@attention-lab/attention";
import { attentionFromConfig } from "@attention-lab/catalog";
import { median } from "@attention-lab/results";
import { randomNormal } from "@attention-lab/tensors";
import { attentionShape } from "./contestant.ts";

/** What is compared: the demo's widths, not causal; retention and linear as their papers have them. */
const configs = [
  { name: "full" },
  { name: "longformer", before: 128, after: 128 },
  { name: "linformer", rank: 128, sharing: "headwise" },
  { name: "performer", features: 256, map: "positive", orthogonal: true },
  { name: "linear" },
  { name: "retention" },
];
const lengths = [2048, 4096, 8192, 16384];
/** Full attention is only asked for lengths where it answers soon. */
const longestFull = 8192;

export interface VariantRow {
  readonly name: string;
  /** Median seconds of one `attend` by length. */
  readonly seconds: Readonly<Record<number, number>>;
  /** Slope of log time over log length between the shortest and the longest. */
  readonly exponent: number;
}

/** `npm run bench -- variants`: forward time of every efficient variant, in turn with full attention's, on the current backend. */
export async function variants(rounds: number, only: readonly number[] = lengths): Promise<VariantRow[]> {
  const times = new Map(configs.map(({ name }) => [name, new Map(only.map((length) => [length, [] as number[]]))]));
  for (const length of only) {
    const inputs = [1, 2, 3].map(
      (seed) => randomNormal(seed, [1, attentionShape.heads, length, attentionShape.headDim]) as Tensor4D,
    );
    const built = configs
      .filter(({ name }) => name !== "full" || length <= longestFull)
      .map((config) => ({ name: config.name, mechanism: attentionFromConfig(config).build(siteAt(length)) }));
    for (let round = -1; round < rounds; round++) {
      for (const { name, mechanism } of built) {
        const seconds = timeOnce(mechanism, inputs);
        if (round >= 0) times.get(name)?.get(length)?.push(seconds);
      }
    }
    dispose([...inputs, ...built.flatMap(({ mechanism }) => Object.values(mechanism.parameters))]);
  }
  return [...times].map(([name, byLength]) => rowOf(name, byLength));
}

function rowOf(name: string, byLength: ReadonlyMap<number, readonly number[]>): VariantRow {
  const measured = [...byLength]
    .filter(([, values]) => values.length > 0)
    .map(([length, values]) => [length, median(values)] as const);
  const [first, last] = [measured[0], measured.at(-1)] as const;
  const exponent =
    first === undefined || last === undefined
      ? Number.NaN
      : Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
  return { name, seconds: Object.fromEntries(measured), exponent };
}

function siteAt(length: number) {
  const { heads, headDim } = attentionShape;
  return {
    heads,
    keyValueHeads: heads,
    headDim,
    valueDim: headDim,
    scale: headDim ** -0.5,
    maxLength: length,
    causal: false,
    dropout: 0,
    seed: 1,
  };
}

function timeOnce(mechanism: Mechanism, [q, k, v]: readonly Tensor4D[]): number {
  const started = performance.now();
  const out = mechanism.attend({
    q: q as Tensor4D,
    k: k as Tensor4D,
    v: v as Tensor4D,
    input: () => {
      throw new Error("bench: these variants need no layer input");
    },
    queryOffset: 0,
    training: false,
    step: 0,
  });
  const seconds = (performance.now() - started) / 1000;
  dispose(out);
  return seconds;
}
