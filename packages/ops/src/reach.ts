import { invalid } from "@attention-lab/tensors";
import { dilationOf, type Pattern } from "./pattern.ts";

/**
 * The distances key - (query + queryOffset) which one head sees: multiples of `stride` from `low` to `high` (possibly infinite). Tile lists
 * and counts are arithmetic on these three numbers, and tests hold them against `visible`.
 */
export interface Reach {
  readonly low: number;
  readonly high: number;
  readonly stride: number;
}

export function reachOf(pattern: Pattern, head: number): Reach {
  const ahead = pattern.causal ? 0 : Number.POSITIVE_INFINITY;
  if (pattern.window === undefined) return { low: Number.NEGATIVE_INFINITY, high: ahead, stride: 1 };
  const stride = dilationOf(pattern, head);
  return { low: -pattern.window.before * stride, high: Math.min(pattern.window.after * stride, ahead), stride };
}

/** How many multiples of `stride` lie in [low, high]; both finite. */
export function multiplesWithin(low: number, high: number, stride: number): number {
  return Math.max(0, Math.floor(high / stride) - Math.ceil(low / stride) + 1);
}

/** Whether heads see different keys, so that each needs a list of its own. */
export function headsDiffer(pattern: Pattern): boolean {
  if (pattern.sparse?.perHead === true) return true;
  const dilation = pattern.window?.dilation ?? 1;
  return typeof dilation !== "number" && new Set(dilation).size > 1;
}

/** Throws for a window that is no window, or dilations that do not match the heads. */
export function checkPattern(who: string, pattern: Pattern, heads: number): void {
  const { window } = pattern;
  if (window === undefined) return;
  if (pattern.sparse !== undefined) throw invalid(who, "a pattern has a window or a sparse rule, not both", "both");
  for (const side of ["before", "after"] as const) {
    if (!Number.isSafeInteger(window[side]) || window[side] < 0) {
      throw invalid(who, `window.${side} must be an integer of at least 0`, window[side]);
    }
  }
  const { dilation } = window;
  const all = typeof dilation === "number" ? [dilation] : dilation;
  if (typeof dilation !== "number" && dilation.length !== heads) {
    throw invalid(who, `window.dilation must be one number or one for each of the ${heads} heads`, dilation);
  }
  if (!all.every((step) => Number.isSafeInteger(step) && step > 0)) {
    throw invalid(who, "window.dilation must be a positive integer", dilation);
  }
}
