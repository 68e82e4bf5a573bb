import { z } from "zod";
import { invalid, nearest } from "@attention-lab/tensors";

/** A whole number above 0, refused with the sentence "must be a positive integer". */
export const positiveCount = z
  .int({ error: "must be a positive integer" })
  .positive({ error: "must be a positive integer" });

/**
 * Reads options from a config by a strict zod object. The first problem becomes one sentence, with the allowed keys or
 * values and a near miss: `performer attention: options are features, map (did you mean "features"?), got "featurs"`.
 * Messages given in the schema are used as they are, after the option's name. What was not given is absent from the result.
 *
 * @throws RangeError for an unknown key or a bad value.
 */
export function parseOptions<Shape extends z.ZodRawShape>(
  who: string,
  schema: z.ZodObject<Shape>,
  raw: unknown,
): Given<z.output<z.ZodObject<Shape>>> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return withoutUndefined(parsed.data);
  // A mistyped key is also a missing one: the mistake to name is the typo.
  const { issues } = parsed.error;
  const issue = issues.find(({ code, path }) => code === "unrecognized_keys" && path.length === 0) ?? issues[0];
  if (issue === undefined) throw invalid(who, "options must fit the schema", raw);
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    const key = issue.keys[0] ?? "";
    const allowed = Object.keys(schema.shape);
    if (allowed.length === 0) throw invalid(who, "there are no options", key);
    throw invalid(who, `options are ${allowed.join(", ")}${suggestion(key, allowed)}`, key);
  }
  const got = valueAt(raw, issue.path);
  const option = issue.path.length === 0 ? "options" : issue.path.map(String).join(".");
  throw invalid(who, `${option} ${rule(issue, got)}`, got);
}

/** Under exactOptionalPropertyTypes an option that was not given is absent, not undefined. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}

type Issue = z.core.$ZodIssue;

function rule(issue: Issue, got: unknown): string {
  if (got === undefined && issue.code !== "custom") return "must be given";
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${article(issue.expected === "int" ? "whole number" : issue.expected)}`;
    case "invalid_value": {
      const allowed = issue.values.map(String);
      return `must be ${allowed.join(" or ")}${typeof got === "string" ? suggestion(got, allowed) : ""}`;
    }
    case "too_small":
      return `must be ${issue.inclusive === true ? "at least" : "above"} ${issue.minimum}`;
    case "too_big":
      return `must be ${issue.inclusive === true ? "at most" : "below"} ${issue.maximum}`;
    case "invalid_union":
      return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1)).map((inner) => rule(inner, got)))].join(
        " or ",
      );
    case "unrecognized_keys":
      return `has an unknown key "${issue.keys.join(", ")}"`;
    default:
      return issue.message;
  }
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function suggestion(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    raw,
  );
}
