const [least, most] = [8, 40];
/** Done, failed, running, and what is left. Told apart by their marks, so that no colour is needed. */
const [marks, rest] = [["█", "x", "▒"], "░"];

/** A bar of counts in at most so many columns; nothing where there is no room for one. */
export function progressBar(counts: readonly number[], total: number, columns: number): string {
  const width = Math.min(most, columns);
  if (width < least) return "";
  let [sum, drawn, bar] = [0, 0, ""];
  for (const [i, count] of counts.entries()) {
    sum = Math.min(total, sum + count);
    const end = Math.round((width * sum) / Math.max(1, total));
    bar += (marks[i] ?? "").repeat(end - drawn);
    drawn = end;
  }
  return bar.padEnd(width, rest);
}
