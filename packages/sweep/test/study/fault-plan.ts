/** What may happen to a study, besides that its processes are killed. */
export type Fault =
  | { readonly kind: "kill runner" | "kill worker"; readonly which: number }
  /** All processes at once; what was not synced is torn. */
  | { readonly kind: "power failure"; readonly cut: number }
  | { readonly kind: "delete trial"; readonly which: number }
  | { readonly kind: "full disk"; readonly free: number; readonly milliseconds: number }
  | { readonly kind: "read-only disk" };

export interface Step {
  readonly after: number;
  readonly fault: Fault;
  /** Whether a runner that is started next has a jumping clock. */
  readonly jumps: boolean;
  /** How many runners shall be at work. */
  readonly runners: number;
}

/** A fault for every step, the same for a seed: so many kills, and after every third something else, by turns. */
export function faultPlan(seed: number, kills: number): Step[] {
  const random = uniform(seed);
  const whole = (most: number): number => Math.floor(random() * most);
  const other = (turn: number): Fault => {
    switch (turn % 4) {
      case 0:
        return { kind: "power failure", cut: whole(200) };
      case 1:
        return { kind: "full disk", free: whole(24) * 4096, milliseconds: 200 + whole(800) };
      case 2:
        return { kind: "read-only disk" };
      default:
        return { kind: "delete trial", which: random() };
    }
  };
  return Array.from({ length: kills }).flatMap((_, i) => {
    const step = (fault: Fault): Step => ({
      after: 50 + whole(500),
      fault,
      jumps: random() < 0.5,
      runners: 1 + whole(3),
    });
    const kill = step({ kind: random() < 0.4 ? "kill runner" : "kill worker", which: random() });
    return i % 3 === 2 ? [kill, step(other((i - 2) / 3))] : [kill];
  });
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
