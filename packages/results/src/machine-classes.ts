import { canonicalJson } from "./canonical-json.ts";
import type { LogRecord, Machine, TrialRecord } from "./schema.ts";

/** What was measured on one class of machine. */
export interface MachineClass {
  readonly machine: Machine;
  readonly records: readonly LogRecord[];
}

interface Draft {
  readonly machine: Machine;
  readonly records: LogRecord[];
  readonly trials: Set<string>;
}

/**
 * Splits a log by the class of machine that its records were measured on, `own` being that of the folder: a curve never joins two. A trial that was
 * measured on two classes is a trial of both; one that was only begun belongs to the class that it was begun on.
 */
export function machineClasses(records: readonly LogRecord[], own: Machine): MachineClass[] {
  const classes = new Map<string, Draft>();
  const begun = new Map<string, TrialRecord>();
  const ownKey = canonicalJson(own);
  const classOf = (machine: Machine = own): Draft => {
    const key = machine === own ? ownKey : canonicalJson(machine);
    const found = classes.get(key) ?? { machine, records: [], trials: new Set() };
    classes.set(key, found);
    return found;
  };
  const join = (into: Draft, trial: string): void => {
    const first = begun.get(trial);
    if (into.trials.has(trial) || first === undefined) return;
    into.trials.add(trial);
    into.records.push(first);
  };
  for (const record of records) {
    if (record.kind !== "trial") {
      const into = classOf(record.machine);
      join(into, record.trial);
      into.records.push(record);
    } else if (begun.has(record.trial)) {
      for (const each of classes.values()) if (each.trials.has(record.trial)) each.records.push(record);
    } else begun.set(record.trial, record);
  }
  const known = new Set([...classes.values()].flatMap(({ trials }) => [...trials]));
  for (const [trial, first] of begun) if (!known.has(trial)) join(classOf(first.machine), trial);
  return [...classes.values()];
}
