import { readAttention } from "@attention-lab/catalog";
import { useBackend } from "@attention-lab/backends";
import { median, medianAndQuartiles, type TrialConfig } from "@attention-lab/results";
import { Timer, parseExperiment, plan } from "@attention-lab/sweep";
import { randomNormal } from "@attention-lab/tensors";
import { dispose, type Tensor4D } from "@tensorflow/tfjs-core";
import { attentionShape } from "./contestant.ts";
import { siteAt } from "./subjects.ts";

/** What the sweep's harness adds to one call of a trial. */
export interface HarnessRow {
  readonly variant: string;
  readonly length: number;
  /** Median seconds of one call in a bare loop. */
  readonly bare: number;
  /** Harness over bare, minus 1, of neighbours in time: median and quartiles over the rounds. */
  readonly overhead: { readonly value: number; readonly low: number; readonly high: number };
}

/**
 * The harness against a loop that does nothing but call, free, and read one value at the end. Both make the same number of calls, and take turns,
 * so that whatever else the machine does hits both alike.
 */
export async function harnessOverhead({ rounds = 101, lengths = [256, 1024] } = {}): Promise<HarnessRow[]> {
  const { tfBackend, threads, name } = await useBackend();
  const experiment = parseExperiment({
    name: "harness",
    question: "What does the harness cost?",
    baseline: "full",
    variants: [{ name: "full" }],
    lengths,
    phases: ["forward"],
    causal: false,
    ...attentionShape,
    warmups: 1,
    repeats: 1,
    seed: 1,
  });
  const { trials } = plan(experiment, [], { backend: tfBackend, engine: name, threads });
  const timer = new Timer();
  const rows: HarnessRow[] = [];
  for (const { config } of trials) {
    const bare = bareLoop(config);
    const { inner } = await timer.time(config, undefined);
    await bare.seconds(inner);
    const pairs: { harness: number; bare: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      // Who comes first alternates: the second finds the caches as the first left them.
      const first = round % 2 === 0 ? await bare.seconds(inner) : undefined;
      const harness = (await timer.time(config, inner)).seconds;
      pairs.push({ harness, bare: first ?? (await bare.seconds(inner)) });
    }
    bare.free();
    const overhead = medianAndQuartiles(pairs.map((pair) => pair.harness / pair.bare - 1));
    rows.push({
      variant: config.variant,
      length: config.length,
      bare: median(pairs.map((pair) => pair.bare)),
      overhead,
    });
  }
  return rows;
}

function bareLoop({ variant, options, batch, heads, headDim, length }: TrialConfig) {
  const mechanism = readAttention({ name: variant, ...options }).attention.build(siteAt(length));
  const [q, k, v] = [1, 2, 3].map((seed) => randomNormal(seed, [batch, heads, length, headDim])) as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
  const input = (): never => {
    throw new Error("bench: a bare call has no layer input");
  };
  const attend = () => mechanism.attend({ q, k, v, input, queryOffset: 0, training: false, step: 0 });
  return {
    async seconds(calls: number): Promise<number> {
      const begun = performance.now();
      for (let call = 1; call < calls; call++) attend().dispose();
      const last = attend();
      await last.data();
      const seconds = (performance.now() - begun) / 1000 / calls;
      last.dispose();
      return seconds;
    },
    free: () => dispose([q, k, v, ...Object.values(mechanism.parameters)]),
  };
}
