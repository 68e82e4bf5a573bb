/**
 * A pattern says which keys a query sees, without ever being a matrix: exact softmax attention over a pattern costs what its
 * visible tiles cost. The same declaration feeds the float64 oracle, the cost model and the kernels' tile lists.
 */

/** Keys on each side of the query, itself not counted, `dilation` positions apart (one number, or one per head). */
export interface Window {
  readonly before: number;
  readonly after: number;
  readonly dilation: number | readonly number[];
}

export interface Pattern {
  /** Keys after the query's position are hidden. */
  readonly causal: boolean;
  /** Absent: every key is a candidate. */
  readonly window?: Window;
}

/** One (query, key) question. `queryOffset` is the position of query 0 among the keys: a cache passes its length. */
export interface Place {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly queryOffset: number;
  /** A global key is seen from every query (still subject to `causal`), whatever the window says. */
  readonly globalKey?: boolean;
}

/** Positions between neighbouring keys of the window of one head; 1 without a window. */
export function dilationOf(pattern: Pattern, head: number): number {
  const dilation = pattern.window?.dilation ?? 1;
  return typeof dilation === "number" ? dilation : (dilation[head] ?? 1);
}

/** Whether the query sees the key: the one definition that oracle, tile lists and documentation share. */
export function visible(pattern: Pattern, place: Place): boolean {
  const distance = place.key - (place.query + place.queryOffset);
  if (pattern.causal && distance > 0) return false;
  if (pattern.window === undefined || place.globalKey === true) return true;
  const dilation = dilationOf(pattern, place.head);
  const steps = distance / dilation;
  return Number.isInteger(steps) && steps >= -pattern.window.before && steps <= pattern.window.after;
}
