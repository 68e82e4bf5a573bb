import type { StudyReport } from "@attention-lab/results/browser";

/**
 * Seconds until the open trials are done: each as its point's finished seeds took, or as all did where there are none, shared by as many as run
 * now. Null while none has finished.
 */
export function studyRemaining({ points, progress: { begun } }: StudyReport): number | null {
  const mean = (seconds: readonly number[]) =>
    seconds.length === 0 ? undefined : seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  const taken = points.map(({ trials }) =>
    trials.flatMap(({ status, seconds }) => (status === "ok" && seconds !== null ? [seconds] : [])),
  );
  const all = mean(taken.flat());
  if (all === undefined) return null;
  const open = points.map(
    ({ trials }, i) =>
      trials.filter(({ status }) => status === "begun" || status === "waiting").length * (mean(taken[i] ?? []) ?? all),
  );
  return open.reduce((sum, one) => sum + one, 0) / Math.max(1, begun);
}
