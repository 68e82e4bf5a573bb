import { invalid, positiveInteger } from "@attention-lab/tensors";

/** Learning rate of a step; steps count from 1 (the first update is step 1). */
export type Schedule = (step: number) => number;

export interface WarmupOptions {
  readonly base: number;
  readonly warmup: number;
}

/** base * min(1, step / warmup). */
export function warmupConstant({ base, warmup }: WarmupOptions): Schedule {
  checkRate("warmupConstant", base);
  return (step) => base * Math.min(1, warmup === 0 ? 1 : step / warmup);
}

/** Warm-up, then base * (1 + cos(pi * progress)) / 2 down to 0 at `total` (Loshchilov & Hutter 2017, without restarts). */
export function warmupCosine({ base, warmup, total }: WarmupOptions & { readonly total: number }): Schedule {
  return decaying("warmupCosine", { base, warmup, total }, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);
}

/** Warm-up, then linearly down to 0 at `total`. */
export function warmupLinear({ base, warmup, total }: WarmupOptions & { readonly total: number }): Schedule {
  return decaying("warmupLinear", { base, warmup, total }, (progress) => 1 - progress);
}

/** Warm-up, then base * sqrt(timescale / (step + timescale - warmup)). */
export function warmupInverseSqrt({
  base,
  warmup,
  timescale,
}: WarmupOptions & { readonly timescale: number }): Schedule {
  checkRate("warmupInverseSqrt", base);
  return (step) => (step < warmup ? (base * step) / warmup : base * Math.sqrt(timescale / (step + timescale - warmup)));
}

/** dModel^-0.5 * min(step^-0.5, step * warmup^-1.5): the schedule of "Attention Is All You Need", section 5.3. */
export function noam({ dModel, warmup }: { readonly dModel: number; readonly warmup: number }): Schedule {
  positiveInteger("noam", "dModel", dModel);
  positiveInteger("noam", "warmup", warmup);
  return (step) => dModel ** -0.5 * Math.min(step ** -0.5, step * warmup ** -1.5);
}

function decaying(
  who: string,
  { base, warmup, total }: WarmupOptions & { total: number },
  shape: (progress: number) => number,
): Schedule {
  checkRate(who, base);
  if (!(total > warmup)) throw invalid(who, `total must exceed warmup = ${warmup}`, total);
  return (step) =>
    step < warmup ? (base * step) / warmup : base * shape(Math.min(1, (step - warmup) / (total - warmup)));
}

function checkRate(who: string, base: number): void {
  if (!(base > 0 && Number.isFinite(base))) throw invalid(who, "base must be a positive number", base);
}
