import type { Report } from "@attention-lab/results";

/** A report whose curves come so many times, as if of so many settings. */
export function manyTrials(report: Report, times: number): Report {
  const curves = Array.from({ length: times }, (_, i) =>
    report.curves.map((curve) => ({
      ...curve,
      label: `${curve.label} ${i}`,
      points: curve.points.map((point) => ({ ...point, trial: `${i}-${point.trial}` })),
    })),
  );
  return { ...report, curves: curves.flat() };
}
