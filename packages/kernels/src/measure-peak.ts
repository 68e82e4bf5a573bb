import type { Engine } from "./engine.ts";

const SIZE = 768;
const SECONDS = 0.25;

/** What the engine's matrix product reaches here, in GFLOP/s (best of a quarter of a second of 768 x 768 x 768 products). */
export function measurePeak(engine: Engine): number {
  const [a, b, c] = [0, 1, 2].map(() => engine.allocate(SIZE * SIZE)) as [Float32Array, Float32Array, Float32Array];
  a.fill(1 / 3);
  b.fill(1 / 7);
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end;) {
    const started = performance.now();
    engine.gemm({ m: SIZE, n: SIZE, k: SIZE, a, b, c });
    best = Math.min(best, performance.now() - started);
  }
  for (const array of [a, b, c]) engine.release(array);
  return (2 * SIZE ** 3) / best / 1e6;
}
