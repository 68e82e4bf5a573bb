import { parseOptions } from "@attention-lab/attention";
import { invalid } from "@attention-lab/tensors";
import type { z } from "zod";
import { checkedCost, type TrialCost } from "./trial-cost.ts";

/** What a running program is given. */
export interface ProgramContext {
  readonly seed: number;
  /** Keeps a measurement: metrics by name, at a place `x` (a length, a step) where they belong to one. */
  readonly report: (values: Readonly<Record<string, number>>, x?: number) => void;
  /**
   * Keeps a checkpoint in one step, together with everything reported so far: after a crash the next attempt gets these bytes as `resume`
   * and goes on from those measurements.
   */
  readonly save: (checkpoint: Uint8Array) => void;
  /** The newest checkpoint of an earlier attempt. */
  readonly resume: Uint8Array | undefined;
  /** A private folder of this attempt for whatever else the program writes. */
  readonly directory: string;
  /** Set when the trial shall stop soon; a program may save and return, or ignore it and be ended. */
  readonly signal: AbortSignal;
}

/** What a study runs once per point of its parameter space, as `defineProgram` made it. */
export interface Program {
  readonly program: string;
  /** Raised when results change: part of a trial's identity. */
  readonly version: number;
  /** Names of the parameters. */
  readonly keys: readonly string[];
  /** Whether a TensorFlow.js backend is prepared before it runs. */
  readonly engine: boolean;
  /** Fills in defaults, or says why this combination is refused. Errors: a RangeError for a parameter that is no such thing. */
  resolve(raw: Readonly<Record<string, unknown>>): Resolved | { readonly because: string };
  /** Resolves with the trial's final metrics; throwing makes the trial fail with the error's sentence. */
  run(
    parameters: Readonly<Record<string, unknown>>,
    context: ProgramContext,
  ): Promise<Readonly<Record<string, number>>>;
}

/** Parameters with every default, the declared versions of the parts that they name, and what a trial of them is expected to take. */
export interface Resolved {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, number>>;
  /** Absent where the program declares none: unknown, and not nothing. */
  readonly cost?: TrialCost;
}

interface Definition<Schema extends z.ZodObject> {
  readonly name: string;
  readonly version: number;
  /** A strict object; it fills in the defaults. */
  readonly parameters: Schema;
  /** False for a program that needs no tensors, and so starts sooner. */
  readonly engine?: boolean;
  /** The sentence with which a combination of parameters is left out of a plan; undefined to run it. */
  refuse?(parameters: z.output<Schema>): string | undefined;
  /** Declared versions of the parts that the parameters name: raised, they make other trials. */
  versions?(parameters: z.output<Schema>): Readonly<Record<string, number>>;
  /** What a trial is expected to take, for plans and for the time that is left; undefined where nobody can say. Asks no backend. */
  cost?(parameters: z.output<Schema>): TrialCost | undefined;
  run(parameters: z.output<Schema>, context: ProgramContext): Promise<Readonly<Record<string, number>>>;
}

/** Makes a program of its definition; `export default defineProgram({...})` is what the file of one from outside holds. */
export function defineProgram<Schema extends z.ZodObject>(definition: Definition<Schema>): Program {
  const { name, version, parameters: schema, engine = true } = definition;
  if (!Number.isSafeInteger(version)) throw invalid(`program ${name}`, "version must be a whole number", version);
  const parse = (raw: unknown): z.output<Schema> => parseOptions(`program ${name}`, schema, raw) as z.output<Schema>;
  return {
    program: name,
    version,
    keys: Object.keys(schema.shape),
    engine,
    resolve(raw) {
      const parameters = parse(raw);
      const because = definition.refuse?.(parameters);
      if (because !== undefined) return { because };
      const versions = definition.versions?.(parameters) ?? {};
      const cost = definition.cost?.(parameters);
      return { parameters, versions, ...(cost === undefined ? {} : { cost: checkedCost(`program ${name}`, cost) }) };
    },
    run: (raw, context) => definition.run(parse(raw), context),
  };
}

/** Whether a module's export is a program. */
export function isProgram(value: unknown): value is Program {
  if (typeof value !== "object" || value === null) return false;
  const { program, version, resolve, run } = value as Partial<Program>;
  return (
    typeof program === "string" &&
    Number.isInteger(version) &&
    typeof resolve === "function" &&
    typeof run === "function"
  );
}
