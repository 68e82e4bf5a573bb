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

/** Positions first .. last, both included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * Any rule over positions that window arithmetic cannot say: blocks, strides, random blocks, a researcher's own idea. Tile lists ask `tile`
 * once per tile and `visible` only inside tiles that hold "some" pairs.
 */
export interface SparseRule {
  /** Names the rule and all it depends on: tile lists are cached by it, so two rules of one key must be the same rule. */
  readonly key: string;
  /** Whether heads see different keys, so that each needs lists of its own. */
  readonly perHead: boolean;
  /** Whether the query at one position sees the key at another (a query's position is its row plus the queryOffset). */
  visible(head: number, query: number, key: number): boolean;
  /** What the tile of these query and key positions holds. "some" is always right, only slower. */
  tile(head: number, queries: Span, keys: Span): "none" | "some" | "all";
}

export interface Pattern {
  /** Keys after the query's position are hidden. */
  readonly causal: boolean;
  /** Absent: every key is a candidate. */
  readonly window?: Window;
  /** Hides every key that the rule does not show. A pattern has a window or a rule, never both. */
  readonly sparse?: SparseRule;
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
  if (pattern.sparse !== undefined) {
    return pattern.sparse.visible(place.head, place.query + place.queryOffset, place.key);
  }
  if (pattern.window === undefined || place.globalKey === true) return true;
  const dilation = dilationOf(pattern, place.head);
  const steps = distance / dilation;
  return Number.isInteger(steps) && steps >= -pattern.window.before && steps <= pattern.window.after;
}
