/**
 * Ids from the largest value to the smallest, the lower id among equals (with `ties: "last"` the higher one). Lazy: a heap is made in
 * O(V) and each id costs O(log V), so whoever needs the best few never sorts a vocabulary.
 */
export function* descending(values: ArrayLike<number>, ties: "first" | "last" = "first"): Generator<number, void> {
  const heap = Int32Array.from({ length: values.length }, (_, id) => id);
  const sign = ties === "first" ? 1 : -1;
  const value = (place: number) => values[heap[place] ?? 0] ?? 0;
  const above = (one: number, other: number) => {
    const [a, b] = [value(one), value(other)];
    return a === b ? sign * ((heap[one] ?? 0) - (heap[other] ?? 0)) < 0 : a > b;
  };
  let size = heap.length;
  const sink = (start: number) => {
    for (let place = start; ;) {
      let best = place;
      for (const child of [2 * place + 1, 2 * place + 2]) if (child < size && above(child, best)) best = child;
      if (best === place) return;
      const held = heap[place] ?? 0;
      heap[place] = heap[best] ?? 0;
      heap[best] = held;
      place = best;
    }
  };
  for (let place = (size >> 1) - 1; place >= 0; place--) sink(place);
  while (size > 0) {
    yield heap[0] ?? 0;
    size -= 1;
    heap[0] = heap[size] ?? 0;
    sink(0);
  }
}

/** The first `count` ids of `descending`. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const ids: number[] = [];
  for (const id of descending(values)) {
    if (ids.length === count) break;
    ids.push(id);
  }
  return ids;
}
