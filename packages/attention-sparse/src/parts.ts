import type { Span } from "@attention-lab/ops";

/**
 * One reason for a query to see a key; a pattern is the union of several. Positions are blocks where the pattern is laid over blocks. `any` says
 * whether some pair of two spans is seen, `all` whether every pair is: what decides over a tile without a look at its pairs.
 */
export interface Part {
  readonly sees: (query: number, key: number) => boolean;
  readonly any: (queries: Span, keys: Span) => boolean;
  readonly all: (queries: Span, keys: Span) => boolean;
  /** The keys below `end` that a query sees, each once: counting by these costs what the pattern costs, not what its square does. */
  readonly keys: (query: number, end: number) => Iterable<number>;
}

/** Keys from `back` positions before the query to `forward` after it. */
export function band(back: number, forward: number): Part {
  return {
    sees: (query, key) => query - key <= back && key - query <= forward,
    any: (queries, keys) => queries.first - keys.last <= back && keys.first - queries.last <= forward,
    all: (queries, keys) => queries.last - keys.first <= back && keys.last - queries.first <= forward,
    keys: (query, end) => numbers(Math.max(0, query - back), Math.min(end, query + forward + 1)),
  };
}

/** Keys a multiple of `stride` away from the query. */
export function everyNth(stride: number): Part {
  return {
    sees: (query, key) => (query - key) % stride === 0,
    any: (queries, keys) => Math.floor((queries.last - keys.first) / stride) * stride >= queries.first - keys.last,
    all: (queries, keys) =>
      stride === 1 ||
      (queries.first === queries.last && keys.first === keys.last && (queries.first - keys.first) % stride === 0),
    keys: (query, end) => numbers(query % stride, end, stride),
  };
}

/** Keys in the query's own group of `size` positions. */
export function sameGroup(size: number): Part {
  const groupOf = (position: number) => Math.floor(position / size);
  return {
    sees: (query, key) => groupOf(query) === groupOf(key),
    any: (queries, keys) =>
      groupOf(queries.first) <= groupOf(keys.last) && groupOf(keys.first) <= groupOf(queries.last),
    all: (queries, keys) => groupOf(Math.min(queries.first, keys.first)) === groupOf(Math.max(queries.last, keys.last)),
    keys: (query, end) => numbers(groupOf(query) * size, Math.min(end, (groupOf(query) + 1) * size)),
  };
}

/** Keys that every query sees. */
export function keysAmong(chosen: (key: number) => boolean): Part {
  let listed: { readonly end: number; readonly keys: readonly number[] } = { end: 0, keys: [] };
  return {
    sees: (_query, key) => chosen(key),
    any: (_queries, keys) => someIn(keys, chosen),
    all: (_queries, keys) => !someIn(keys, (key) => !chosen(key)),
    keys(_query, end) {
      if (listed.end !== end) listed = { end, keys: [...numbers(0, end)].filter(chosen) };
      return listed.keys;
    },
  };
}

/** Queries that see every key. */
export function queriesAmong(chosen: (query: number) => boolean): Part {
  const { sees, any, all } = keysAmong(chosen);
  return {
    sees: (query, key) => sees(key, query),
    any: (queries, keys) => any(keys, queries),
    all: (queries, keys) => all(keys, queries),
    keys: (query, end) => numbers(0, chosen(query) ? end : 0),
  };
}

/** A part of which nothing is known but its pairs: spans are decided by asking pair after pair. */
export function asked(sees: Part["sees"]): Part {
  const somePair = (queries: Span, keys: Span, test: Part["sees"]) =>
    someIn(queries, (query) => someIn(keys, (key) => test(query, key)));
  return {
    sees,
    any: (queries, keys) => somePair(queries, keys, sees),
    all: (queries, keys) => !somePair(queries, keys, (query, key) => !sees(query, key)),
    keys: (query, end) => [...numbers(0, end)].filter((key) => sees(query, key)),
  };
}

function someIn({ first, last }: Span, test: (position: number) => boolean): boolean {
  for (let position = first; position <= last; position++) if (test(position)) return true;
  return false;
}

function* numbers(first: number, end: number, step = 1): Generator<number> {
  for (let number = first; number < end; number += step) yield number;
}
