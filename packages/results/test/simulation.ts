import { uniform } from "../src/random.ts";

/** Standard normal numbers (Box and Muller), the same for the same seed. */
export function normals(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

interface Ends {
  readonly low: number;
  readonly high: number;
}

/** The share of so many simulations whose interval holds the truth. */
export function coverage(rounds: number, truth: number, interval: (seed: number) => Ends | null | undefined): number {
  const held = Array.from({ length: rounds }, (_, seed) => interval(seed + 1)).filter(
    (one) => one && one.low <= truth && truth <= one.high,
  );
  return held.length / rounds;
}

/** `coverage` of several numbers of one fit. */
export function coverages<Name extends string>(
  rounds: number,
  truth: Readonly<Record<Name, number>>,
  intervals: (seed: number) => Readonly<Record<NoInfer<Name>, Ends>>,
): Record<Name, number> {
  const all = Array.from({ length: rounds }, (_, seed) => intervals(seed + 1));
  const names = Object.keys(truth) as Name[];
  const shares = names.map((name) => [name, coverage(rounds, truth[name], (seed) => all[seed - 1]?.[name])]);
  return Object.fromEntries(shares) as Record<Name, number>;
}

/** The least share that 95 % intervals may hold in so many simulations: three standard errors of a binomial count below it. */
export function leastOf(rounds: number): number {
  return 0.95 - 3 * Math.sqrt((0.95 * 0.05) / rounds);
}
