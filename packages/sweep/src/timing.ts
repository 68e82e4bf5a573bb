import { discard, finish, type MeasuredCall } from "./measured-call.ts";

/** What a repeat must take at least: the clock's grain, a garbage collection or one interruption by the system then hardly shows. */
const measurableSeconds = 0.02;
const mostInner = 20_000;

/** Warm is what got no faster by this share in so many repeats in a row; nobody waits for it longer than this. */
const fasterShare = 0.03;
const steadyRepeats = 3;
const mostWarmRepeats = 20;
const mostWarmSeconds = 2;

/** Seconds that `inner` calls take together. Earlier outputs are freed as it goes; the last ones are read. */
export async function timeCalls(call: MeasuredCall, inner: number): Promise<number> {
  const start = performance.now();
  for (let index = 1; index < inner; index++) discard(call.run(), call.inputs);
  await finish(call.run(), call.inputs);
  return (performance.now() - start) / 1000;
}

/** Warms up until times are stable, and finds how many calls make a measurable time. */
export async function warmUp(call: MeasuredCall, warmups: number): Promise<number> {
  for (let index = 0; index < warmups; index++) await timeCalls(call, 1);
  const { inner, seconds } = await measurable(call);
  await untilSteady(() => timeCalls(call, inner), seconds);
  return inner;
}

async function measurable(call: MeasuredCall): Promise<{ readonly inner: number; readonly seconds: number }> {
  for (let inner = 1; ;) {
    const seconds = await timeCalls(call, inner);
    if (seconds >= measurableSeconds || inner === mostInner) return { inner, seconds };
    const needed = Math.ceil((1.25 * measurableSeconds * inner) / Math.max(seconds, 1e-6));
    inner = Math.min(mostInner, Math.max(2 * inner, needed));
  }
}

/**
 * Repeats until three in a row were not 3 % faster than the fastest before them: compilers, caches and clocks have then done what they do. At most 20
 * repeats or 2 s, so that a call of seconds is not made again for this alone. Resolves with the number of repeats.
 */
export async function untilSteady(repeat: () => Promise<number>, first: number): Promise<number> {
  let [best, steady, total, repeats] = [first, 0, 0, 0];
  while (steady < steadyRepeats && repeats < mostWarmRepeats && total + best < mostWarmSeconds) {
    const seconds = await repeat();
    steady = seconds < (1 - fasterShare) * best ? 0 : steady + 1;
    best = Math.min(best, seconds);
    total += seconds;
    repeats++;
  }
  return repeats;
}
