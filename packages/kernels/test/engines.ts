import { describeEngines, type Engine, loadEngine } from "../src/index.ts";

/** Every engine of this machine: wasm, and native with each instruction set. The same tests run over all. */
export const engines: { label: string; load: (threads?: number) => Promise<Engine> }[] = [];
for (const { name, available, instructionSets } of await describeEngines()) {
  if (!available) continue;
  for (const instructionSet of instructionSets) {
    const started: Promise<Engine>[] = [];
    engines.push({
      label: `${name} ${instructionSet}`,
      load: (threads = 2) => {
        const engine =
          started[threads] ?? loadEngine(name, name === "native" ? { threads, instructionSet } : { threads });
        started[threads] = engine;
        return engine;
      },
    });
  }
}

/** A small generator of its own, so that the numbers are the same everywhere: about normal, seeded. */
export function randomArray(seed: number, length: number, scale = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    let sum = -2;
    for (let i = 0; i < 4; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum * 1.7 * scale;
  });
}

/** Largest |got - wanted| relative to the largest |wanted| (or to `least`, if that is larger); infinite when something is not a number. */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>, least = 0): number {
  let error = 0;
  let size = least;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs((got[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN));
    if (got[i] !== wanted[i] && !(difference <= error))
      error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (Number.isFinite(wanted[i])) size = Math.max(size, Math.abs(wanted[i] ?? 0));
  }
  return size > 0 ? error / size : error;
}

/** Arrays full of NaN, so that a number which isn't written is seen. */
export const unwritten = (length: number): Float32Array => new Float32Array(length).fill(Number.NaN);

/** Bit by bit equal: NaN equals itself, and 0 isn't -0. */
export function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bytes = (x: Float32Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return bytes(a).equals(bytes(b));
}
