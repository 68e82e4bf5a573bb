import { invalid } from "@attention-lab/tensors";

type Numbers = Readonly<Record<string, number>>;

/** Checks what a program of unknown origin gave as metrics or as measured values: anything but a number would be kept as if it were none. */
export function numbersByName(who: string, what: string, given: unknown): Numbers {
  const rule = `${what} must be numbers by name`;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid(who, rule, given);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== "number") throw invalid(who, rule, { [name]: shown(value) });
  }
  return given as Numbers;
}

/** JSON has no NaN and no infinity: they are kept as null. */
export function finiteOrNull(values: Numbers): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

/** An error's sentence is JSON, which has no big integers. */
function shown(value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
