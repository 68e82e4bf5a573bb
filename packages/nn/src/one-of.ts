import { invalid, nearest } from "@attention-lab/tensors";

/**
 * The value, when it is one of the allowed words.
 *
 * @throws RangeError `who: name must be a or b (did you mean "a"?), got c`.
 */
export function oneOf<Word extends string>(who: string, name: string, value: Word, allowed: readonly Word[]): Word {
  if (allowed.includes(value)) return value;
  const near = nearest(String(value), allowed);
  const suggestion = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw invalid(who, `${name} must be ${allowed.join(" or ")}${suggestion}`, value);
}
