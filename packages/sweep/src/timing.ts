import { discard, finish, type MeasuredCall } from "./measured-call.ts";

/** What a repeat must take at least: the clock's grain, a garbage collection or one interruption by the system then hardly shows. */
const measurableSeconds = 0.02;
const mostInner = 20_000;

/** Seconds that `inner` calls take together. Earlier outputs are freed as it goes; the last ones are read. */
export async function timeCalls(call: MeasuredCall, inner: number): Promise<number> {
  const start = performance.now();
  for (let index = 1; index < inner; index++) discard(call.run(), call.inputs);
  await finish(call.run(), call.inputs);
  return (performance.now() - start) / 1000;
}

/** Warms up, and finds how many calls make a measurable time. */
export async function calibrate(call: MeasuredCall, warmups: number): Promise<number> {
  for (let index = 0; index < warmups; index++) await timeCalls(call, 1);
  let inner = 1;
  while (inner < mostInner) {
    const seconds = await timeCalls(call, inner);
    if (seconds >= measurableSeconds) return inner;
    const needed = Math.ceil((1.25 * measurableSeconds * inner) / Math.max(seconds, 1e-6));
    inner = Math.min(mostInner, Math.max(2 * inner, needed));
  }
  return inner;
}
