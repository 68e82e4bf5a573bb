import { parseOptions } from "@attention-lab/attention";
import { unknownName } from "@attention-lab/catalog";
import { StudyFigure, TrialLimits } from "@attention-lab/results/store";
import { invalid } from "@attention-lab/tensors";
import { z } from "zod";
import { axesOf, type ParameterAxis } from "./parameter-axes.ts";
import { samplerSchema, type Sampler } from "./sampler.ts";

const seed = z.int().nonnegative();

/** What a study file may say, for JSON Schema and for checking; `StudySpec` is the same as a type. */
export const studySchema = z.strictObject({
  name: z.string().min(1).describe("Name of the study; also what its folder is checked against."),
  question: z.string().describe("The question that it answers, in one sentence."),
  program: z.string().min(1).describe("A built-in program, or a module: ./mine.ts, ./mine.ts#name, package#name."),
  parameters: z
    .record(z.string(), z.unknown())
    .describe(
      'Per parameter of the program a value, a list of values, a range ("2^9..2^14", "0..1 by 0.25", "1e-4..1e-2 by log 5"), or {values, when}; "task.length" sets a part of one.',
    ),
  zip: z.array(z.array(z.string()).min(2)).default([]).describe("Groups of parameters that advance together."),
  seeds: z.array(seed).min(1).default([0]).describe("Every point of the space is run once with each."),
  sampler: samplerSchema.default({ name: "grid" }),
  limits: TrialLimits.default({ attempts: 5 }),
  figures: z.array(StudyFigure).default([]),
});

/** Values of one parameter. In a condition, a parameter with a `name` may be told by that name. */
export type ParameterSpec =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly values: string | readonly unknown[]; readonly when?: Readonly<Record<string, unknown>> }
  | Readonly<Record<string, unknown>>;

/** A study as its file says it. */
export interface StudySpec extends Omit<z.input<typeof studySchema>, "parameters" | "zip" | "seeds" | "figures"> {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Groups of parameters that advance together. */
  readonly zip?: readonly (readonly string[])[];
  /** Every point of the space is run once with each; 0 unless given. */
  readonly seeds?: readonly number[];
  readonly figures?: readonly (Omit<z.input<typeof StudyFigure>, "by"> & { readonly by?: readonly string[] })[];
}

/** A study with its defaults filled in and its parameter space read: plain data. */
export interface Study extends Omit<z.output<typeof studySchema>, "parameters" | "zip" | "sampler"> {
  readonly axes: readonly ParameterAxis[];
  readonly sampler: Sampler;
  /** As written, for changes from the command line. */
  readonly spec: StudySpec;
}

/** Checks a study written in TypeScript; `export default defineStudy({...})` is all that its file holds. */
export function defineStudy(spec: StudySpec): Study {
  return parseStudy(spec);
}

/** Whether an unread file is meant as a study and not as a cost experiment. */
export function isStudySpec(raw: unknown): boolean {
  return typeof raw === "object" && raw !== null && "program" in raw;
}

/** Reads a study of unknown origin (a YAML or JSON file). A RangeError names what is wrong in one sentence. */
export function parseStudy(raw: unknown): Study {
  if (isStudy(raw)) return raw;
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw invalid("study", "must be an object with name, question, program, parameters, ...", raw);
  }
  const allowed = Object.keys(studySchema.shape);
  const unknown = Object.keys(raw).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw unknownName("study", "a key", allowed, unknown);
  checkParts(raw);
  const { parameters, zip, ...rest } = parseOptions("study", studySchema, raw) as z.output<typeof studySchema>;
  const axes = axesOf(parameters, zip);
  const names = axes.flatMap((axis) => axis.names);
  for (const figure of rest.figures) checkFigure(figure, [...names, "seed"]);
  const twice = rest.seeds.find((value, index) => rest.seeds.indexOf(value) !== index);
  if (twice !== undefined) throw invalid("study", "seeds must not repeat an entry", twice);
  return { ...rest, axes, spec: raw as StudySpec };
}

function isStudy(value: unknown): value is Study {
  return typeof value === "object" && value !== null && "axes" in value && "spec" in value;
}

/** A misspelt key of a part is told with the near miss, as one of the whole is. */
function checkParts(raw: object): void {
  const { limits, figures, sampler } = raw as Partial<Record<"limits" | "figures" | "sampler", unknown>>;
  checkKeys("study: limits", TrialLimits, limits);
  if (Array.isArray(figures)) for (const figure of figures) checkKeys("study: a figure", StudyFigure, figure);
  if (!isRecord(sampler) || typeof sampler["name"] !== "string") return;
  const { name } = sampler;
  const kinds = samplerSchema.options;
  const kind = kinds.find(({ shape }) => shape.name.value === name);
  if (kind === undefined) {
    const names = kinds.map(({ shape }) => shape.name.value);
    throw unknownName("study: sampler", "name", names, name);
  }
  checkKeys(`study: sampler ${name}`, kind, sampler);
}

function checkKeys(who: string, { shape }: { readonly shape: object }, raw: unknown): void {
  if (!isRecord(raw)) return;
  const allowed = Object.keys(shape);
  const unknown = Object.keys(raw).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw unknownName(who, "a key", allowed, unknown);
}

function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** What a picture can be over, besides parameters. */
const axes = ["x", "time"];

function checkFigure({ over, by = [], where = {}, metric }: StudyFigure, names: readonly string[]): void {
  const who = `study: figure of ${metric}`;
  if (![...axes, ...names].includes(over)) throw unknownName(who, "over", [...axes, ...names], over);
  for (const name of [...by, ...Object.keys(where)]) {
    if (!names.includes(name)) throw unknownName(who, "a parameter", names, name);
  }
}
