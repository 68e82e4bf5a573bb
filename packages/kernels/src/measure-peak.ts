import type { Engine } from "./engine.ts";

const SIZE = 768;
const SECONDS = 0.25;
const ROUNDS = 100_000;

/** What the engine's matrix product reaches here, in GFLOP/s (best of a quarter of a second of 768 x 768 x 768 products). */
export function measurePeak(engine: Engine): number {
  const [a, b, c] = [0, 1, 2].map(() => engine.allocate(SIZE * SIZE)) as [Float32Array, Float32Array, Float32Array];
  a.fill(1 / 3);
  b.fill(1 / 7);
  const seconds = fastest(() => engine.gemm({ m: SIZE, n: SIZE, k: SIZE, a, b, c }));
  for (const array of [a, b, c]) engine.release(array);
  return (2 * SIZE ** 3) / seconds / 1e9;
}

/**
 * The most that this machine's processors could reach with the engine's instruction set and threads, in GFLOP/s: multiply-adds
 * that never leave the registers (best of a quarter of a second).
 */
export function measureMachinePeak(engine: Engine): number {
  let multiplyAdds = 0;
  const seconds = fastest(() => (multiplyAdds = engine.spin(ROUNDS)));
  return (2 * multiplyAdds) / seconds / 1e9;
}

function fastest(body: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end;) {
    const started = performance.now();
    body();
    best = Math.min(best, performance.now() - started);
  }
  return best / 1000;
}
