/**
 * The allowed word closest to a misspelt one, for "did you mean" sentences; undefined when nothing is near. Near means at most a third
 * of the letters (and always one) inserted, deleted, replaced or swapped with their neighbour; upper and lower case are equal.
 */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of allowed) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Optimal string alignment distance (Damerau 1964, restricted): three rows of the table are enough. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const inserted = (current[column - 1] ?? 0) + 1;
      const deleted = (last[column] ?? 0) + 1;
      let cheapest = Math.min(replaced, inserted, deleted);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cheapest = Math.min(cheapest, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cheapest);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
