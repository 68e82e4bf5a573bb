import { invalid, nearest, positiveInteger } from "@attention-lab/tensors";
import type { Task } from "./task.ts";

/** What every task is given. */
export interface CommonOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Held-out batches; 8 unless given. Tasks on a text have as many as their text. */
  readonly validationBatches?: number;
}

/** The options of a task with their defaults. */
export type Defaults = Readonly<Record<string, number | string>>;

/** A task before its options are chosen: what the catalogue lists. */
export interface TaskDefinition<O extends Defaults = Defaults, T extends Task = Task> {
  (options: CommonOptions & { readonly [K in keyof O]?: O[K] | undefined }): T;
  readonly task: string;
  readonly kind: T["kind"];
  /** One sentence: what goes in, what comes out. */
  readonly summary: string;
  /** Who defined it. */
  readonly source: string;
  readonly defaults: O;
}

interface Definition<O, T extends Task> {
  readonly name: string;
  readonly kind: T["kind"];
  readonly summary: string;
  readonly source: string;
  readonly defaults: O;
  /** Numbers that need not be positive integers. */
  readonly fractions?: readonly (keyof O)[];
  readonly make: (options: O & Required<CommonOptions>) => T;
}

/**
 * A task that can be named in a config: missing options get their defaults, and an unknown one, one of another type or a number that is no
 * positive integer is refused in one sentence.
 */
export function defineTask<O extends Defaults, T extends Task>(definition: Definition<O, T>): TaskDefinition<O, T> {
  const { name, kind, summary, source, defaults, fractions = [], make } = definition;
  const who = `${name} task`;
  const create = (options: CommonOptions & { readonly [K in keyof O]?: O[K] | undefined }): T => {
    const known = [...Object.keys(defaults), "batchSize", "seed", "validationBatches"];
    const chosen: Record<string, number | string | undefined> = {
      validationBatches: 8,
      ...defaults,
      batchSize: undefined,
      seed: undefined,
    };
    for (const [key, value] of Object.entries(options)) {
      if (!known.includes(key)) {
        const near = nearest(key, known);
        const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
        throw invalid(who, `options are ${known.join(", ")}${hint}`, key);
      }
      if (value !== undefined) chosen[key] = value as number | string;
    }
    for (const [key, value] of Object.entries(chosen)) {
      const fallback = defaults[key];
      if (typeof fallback === "string") {
        if (typeof value !== "string") throw invalid(who, `${key} must be a string`, value);
      } else if (key !== "seed" && !fractions.includes(key)) {
        positiveInteger(who, key, value as number);
      } else if (typeof value !== "number" || !Number.isFinite(value)) {
        throw invalid(who, `${key} must be a finite number`, value);
      }
    }
    return make(chosen as unknown as O & Required<CommonOptions>);
  };
  return Object.assign(create, { task: name, kind, summary, source, defaults });
}
