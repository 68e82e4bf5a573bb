import { type Tensor4D, dispose } from "@tensorflow/tfjs-core";
import type { Mechanism } from "@attention-lab/attention";
import { attendHeads } from "@attention-lab/attention/testkit";
import { peakBytes } from "@attention-lab/backends";
import { median } from "@attention-lab/results";
import { randomNormal } from "@attention-lab/tensors";
import { attentionShape } from "./contestant.ts";
import type { Rivals } from "./rivals.ts";
import { affordable, declaredCost, siteAt, type Subject, subjects } from "./subjects.ts";

const lengths = [2048, 4096, 8192, 16384];

export interface VariantRow {
  readonly name: string;
  /** Median seconds of one `attend` by length. */
  readonly seconds: Readonly<Record<number, number>>;
  /** Slope of log time over log length between the shortest and the longest. */
  readonly exponent: number;
  /** The same slope of peak bytes, as declared by the variant and as allocated. */
  readonly memory: { readonly declared: number; readonly measured: number };
  /** The variant's public PyTorch package, where one is installed. */
  readonly rival?: { readonly name: string; readonly seconds: Readonly<Record<number, number>> };
}

interface Samples {
  readonly seconds: number[];
  readonly rival: number[];
  bytes: number;
}
type ByLength = ReadonlyMap<number, Samples>;

/** `npm run bench -- variants`: forward of every variant on the current backend and of its PyTorch package, all in turn within a round. */
export async function variants(
  rounds: number,
  rivals: Rivals | undefined,
  { only = lengths, of = subjects() }: { readonly only?: readonly number[]; readonly of?: readonly Subject[] } = {},
): Promise<VariantRow[]> {
  const samples = of.map(() => new Map<number, Samples>());
  for (const length of only) {
    const inputs = normalHeads(length);
    const built = of.flatMap((subject, index) => {
      if (!affordable(subject, length)) return [];
      const taken: Samples = { seconds: [], rival: [], bytes: 0 };
      samples[index]?.set(length, taken);
      return [{ subject, taken, mechanism: subject.attention.build(siteAt(length)) }];
    });
    for (let round = -1; round < rounds; round++) {
      for (const { subject, taken, mechanism } of built) {
        const { seconds, bytes } = attendOnce(mechanism, inputs);
        const rival =
          rivals?.packages[subject.name] === undefined
            ? undefined
            : await rivals.time(subject.name, length, subject.options);
        taken.bytes = bytes;
        if (round < 0) continue; // the first round fills caches
        taken.seconds.push(seconds);
        if (rival !== undefined) taken.rival.push(rival);
      }
    }
    dispose([...Object.values(inputs), ...built.flatMap(({ mechanism }) => Object.values(mechanism.parameters))]);
  }
  return of.flatMap((subject, index) => rowOf(subject, samples[index] ?? new Map(), rivals));
}

/** Nothing for a variant that no length is short enough for. */
function rowOf({ name, attention }: Subject, taken: ByLength, rivals: Rivals | undefined): VariantRow[] {
  if (taken.size === 0) return [];
  const rival = rivals?.packages[name];
  const declared = [...taken.keys()].map((length) => [length, declaredCost(attention, length).peakBytes] as const);
  return [
    {
      name,
      seconds: medians(taken, ({ seconds }) => seconds),
      exponent: slope([...taken].map(([length, { seconds }]) => [length, median(seconds)])),
      memory: { declared: slope(declared), measured: slope([...taken].map(([length, { bytes }]) => [length, bytes])) },
      ...(rival === undefined ? {} : { rival: { name: rival, seconds: medians(taken, (each) => each.rival) } }),
    },
  ];
}

function medians(taken: ByLength, of: (samples: Samples) => readonly number[]): Record<number, number> {
  return Object.fromEntries([...taken].map(([length, samples]) => [length, median(of(samples))]));
}

/** NaN where there are no two lengths or nothing is held. */
function slope(points: readonly (readonly [length: number, value: number])[]): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first[0] === last[0]) return Number.NaN;
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}

type Heads = Readonly<Record<"q" | "k" | "v", Tensor4D>>;

function normalHeads(length: number): Heads {
  const { batch, heads, headDim } = attentionShape;
  const normal = (seed: number) => randomNormal(seed, [batch, heads, length, headDim]) as Tensor4D;
  return { q: normal(1), k: normal(2), v: normal(3) };
}

function attendOnce(mechanism: Mechanism, heads: Heads): { seconds: number; bytes: number } {
  const peak = peakBytes();
  peak.reset();
  const started = performance.now();
  const out = attendHeads(mechanism, heads);
  const seconds = (performance.now() - started) / 1000;
  const bytes = peak.read();
  dispose(out);
  return { seconds, bytes };
}
