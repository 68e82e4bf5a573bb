import { canonicalJson } from "./canonical-json.ts";
import { curveLabels } from "./curve-labels.ts";
import { machineClasses } from "./machine-classes.ts";
import type { LogRecord, Machine } from "./schema.ts";
import { type TrialState, trialState } from "./trial-state.ts";

/** Trials of one curve, by rising length: they differ in nothing else. */
export interface CurveGroup {
  readonly label: string;
  readonly trials: readonly [TrialState, ...TrialState[]];
  /** Which of the classes of machines, where there are several. */
  readonly machine?: number;
}

/** The curves of a log, class of machine by class, and the classes in the order in which they came. */
export function curveGroups(
  records: readonly LogRecord[],
  own: Machine,
): { readonly groups: readonly CurveGroup[]; readonly machines: readonly Machine[] } {
  const classes = machineClasses(records, own);
  const groups = classes.flatMap(({ records: its }, machine) => {
    const curves = groupIntoCurves([...trialState(its).values()]);
    const labels = curveLabels(curves.map(([{ config }]) => config));
    return curves.map((trials, i): CurveGroup => {
      const label = labels[i] ?? "";
      return classes.length > 1 ? { label: `${label} on machine ${machine + 1}`, trials, machine } : { label, trials };
    });
  });
  return { groups, machines: classes.map(({ machine }) => machine) };
}

function groupIntoCurves(states: readonly TrialState[]): [TrialState, ...TrialState[]][] {
  const groups = new Map<string, [TrialState, ...TrialState[]]>();
  for (const state of states) {
    const key = canonicalJson({ ...state.config, length: 0 });
    const group = groups.get(key);
    if (group) group.push(state);
    else groups.set(key, [state]);
  }
  const inOrder = [...groups.values()];
  for (const group of inOrder) group.sort((a, b) => a.config.length - b.config.length);
  return inOrder;
}

/** Finds for a group the baseline's curve with the same surroundings, unless the group is that curve. */
export function findBaselines(
  groups: readonly CurveGroup[],
  baseline: string,
): (group: CurveGroup) => CurveGroup | undefined {
  const surroundings = ({ trials: [{ config }], machine = 0 }: CurveGroup) =>
    canonicalJson({ ...config, variant: "", options: {}, version: 0, moduleSha256: undefined, length: 0, machine });
  const found = new Map<string, CurveGroup>();
  for (const group of groups) {
    const key = surroundings(group);
    if (group.trials[0].config.variant === baseline && !found.has(key)) found.set(key, group);
  }
  return (group) => {
    const its = found.get(surroundings(group));
    return its === group ? undefined : its;
  };
}
