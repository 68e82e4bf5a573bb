import { exampleOptions } from "@attention-lab/catalog";

/** One line of the table: what is computed. */
export interface GpuCase {
  readonly variant: string;
  /** Of the variant, and what PyTorch's window is made of. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly length: number;
  readonly backward: boolean;
}

const lengths = [1024, 4096, 16_384, 65_536];
const efficient = ["local", "longformer", "linear", "performer"];

/** Full attention at all lengths and the efficient variants at the longest, forward and forward with backward. */
export function gpuCases(quick: boolean): GpuCase[] {
  const cases = [
    ...(quick ? [64] : lengths).map((length) => ({ variant: "full", length })),
    ...efficient.flatMap((variant) => (quick ? [64] : [16_384, 65_536]).map((length) => ({ variant, length }))),
  ];
  return cases.flatMap(({ variant, length }) =>
    [false, true].map((backward) => ({ variant, options: exampleOptions(variant, "usual"), length, backward })),
  );
}

export function caseLabel({ variant, length, backward }: GpuCase): string {
  return `${variant} ${length}${backward ? " step" : " forward"}`;
}

/** The decoder of which one training step is timed: GPT-2's smallest width at half its depth. */
export function gpuDecoder(quick: boolean) {
  const shape = quick
    ? { layers: 1, dModel: 32, heads: 2, feedForward: 64, vocabulary: 64, length: 32 }
    : { layers: 6, dModel: 768, heads: 12, feedForward: 3072, vocabulary: 50_257, length: 1024 };
  const name = `${shape.layers} layers of ${shape.dModel}, ${shape.length} tokens`;
  return { kind: "train", name, batch: 1, warmups: 1, repeats: 1, ...shape } as const;
}
