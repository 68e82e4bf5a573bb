import { costCurveSvg, memorySvg } from "./cost-figure.ts";
import { predictedSvg } from "./predicted-figure.ts";
import { type Phase, type Report, phasesOf } from "./report.ts";

/** A picture of a report, under the name of its file. */
export interface Figure {
  /** "cost-forward", "memory-step", "predicted-forward", ... */
  readonly name: string;
  readonly kind: "cost" | "memory" | "predicted";
  readonly phase: Phase;
  readonly svg: string;
}

/** All pictures of a report: for each phase the cost curve, the memory and the prediction. */
export function drawFigures(report: Report): Figure[] {
  return phasesOf(report).flatMap((phase) => [
    { name: `cost-${phase}`, kind: "cost", phase, svg: costCurveSvg(report, { phase }) },
    { name: `memory-${phase}`, kind: "memory", phase, svg: memorySvg(report, { phase }) },
    { name: `predicted-${phase}`, kind: "predicted", phase, svg: predictedSvg(report, { phase }) },
  ]);
}
