import { invalid, nearest } from "@attention-lab/tensors";

/** The entry of that name, or a RangeError with the allowed names and the near miss. */
export function lookup<T>(who: string, table: Readonly<Record<string, T>>, name: unknown): T {
  const entry = typeof name === "string" && Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) throw unknownName(who, "name", Object.keys(table), name);
  return entry;
}

/** The sentence for a word that is not among the allowed ones: `who: name must be one of a, b (did you mean a?), got "aa"`. */
export function unknownName(who: string, what: string, allowed: readonly string[], got: unknown): RangeError {
  const near = typeof got === "string" ? nearest(got, allowed) : undefined;
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  return invalid(who, `${what} must be one of ${allowed.join(", ")}${hint}`, got);
}
