import { invalid } from "@attention-lab/tensors";

/**
 * A range as text:
 *   "2^9..2^14"           whole powers of a base: 512, 1024, ... 16384
 *   "0..1 by 0.25"        equal steps: 0, 0.25, 0.5, 0.75, 1
 *   "1..10"               equal steps of 1
 *   "1e-4..1e-2 by log 5" five values with equal ratios, ends included
 */
export interface Range {
  readonly values: readonly number[];
  readonly low: number;
  readonly high: number;
  /** How a random draw between the ends is spread. */
  readonly scale: "linear" | "log";
  /** Whether a random draw must be a whole number. */
  readonly whole: boolean;
}

const mostValues = 1_000_000;
const number = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const rangeText = new RegExp(
  String.raw`^\s*(?<low>[^\s.]\S*?)\s*\.\.\s*(?<high>\S+)(?:\s+by\s+(?<log>log\s+)?(?<by>\S+))?\s*$`,
  "i",
);
const powerText = new RegExp(String.raw`^(?<base>${number})\^(?<exponent>[+-]?\d+)$`, "i");
const numberText = new RegExp(`^${number}$`, "i");

/** Whether a text is meant as a range: two dots between numbers. */
export function looksLikeRange(text: string): boolean {
  return /^\s*[+-]?[\d.]+\S*\s*\.\.\s*[+-]?[\d.]/.test(text);
}

/** Reads a range; a RangeError says what is wrong with it. */
export function parseRange(who: string, text: string): Range {
  const { low = "", high = "", log, by } = rangeText.exec(text)?.groups ?? {};
  const [from, to] = [powerText.exec(low)?.groups, powerText.exec(high)?.groups];
  if (from !== undefined && to !== undefined && by === undefined) return powers(who, text, from, to);
  const [first, last] = [valueOf(low), valueOf(high)];
  if (!Number.isFinite(first) || !Number.isFinite(last)) {
    throw invalid(who, 'a range must have the form "2^9..2^14", "0..1 by 0.25" or "1e-4..1e-2 by log 5"', text);
  }
  if (last < first) throw invalid(who, "a range must rise", text);
  return log === undefined ? steps(who, text, [first, last], by) : ratios(who, text, [first, last], by);
}

function valueOf(text: string): number {
  const { base, exponent } = powerText.exec(text)?.groups ?? {};
  if (base !== undefined) return Number(base) ** Number(exponent);
  return numberText.test(text) ? Number(text) : NaN;
}

type Groups = Readonly<Record<string, string | undefined>>;

function powers(who: string, text: string, from: Groups, to: Groups): Range {
  const [base, other] = [Number(from["base"]), Number(to["base"])];
  const [first, last] = [Number(from["exponent"]), Number(to["exponent"])];
  if (base !== other || !(base > 0) || base === 1) {
    throw invalid(who, "both ends of a range of powers must have the same base, positive and not 1", text);
  }
  if (last < first) throw invalid(who, "a range must rise", text);
  const values = Array.from({ length: counted(who, text, last - first + 1) }, (_, i) => base ** (first + i));
  return range(
    values.toSorted((a, b) => a - b),
    "log",
  );
}

function steps(who: string, text: string, [first, last]: readonly [number, number], by = "1"): Range {
  const step = Number(by);
  if (!(step > 0)) throw invalid(who, "the step of a range must be a positive number", by);
  const count = counted(who, text, Math.floor((last - first) / step + 1e-9) + 1);
  // Sums of decimals end in digits that nobody wrote: 0.1 + 0.2 is to be 0.3.
  const values = Array.from({ length: count }, (_, i) => Number((first + i * step).toPrecision(12)));
  return range(values, "linear", last);
}

function ratios(who: string, text: string, [first, last]: readonly [number, number], by = ""): Range {
  const count = Number(by);
  if (!Number.isSafeInteger(count) || count < 2) throw invalid(who, '"by log" takes a whole number of at least 2', by);
  if (!(first > 0)) throw invalid(who, 'a range "by log" must begin above 0', text);
  const ratio = last / first;
  const values = Array.from({ length: counted(who, text, count) }, (_, i) =>
    Number((first * ratio ** (i / (count - 1))).toPrecision(12)),
  );
  return range(values, "log");
}

function range(values: readonly number[], scale: Range["scale"], end?: number): Range {
  const [low = 0, high = low] = [values[0], end ?? values.at(-1)];
  return { values, low, high, scale, whole: values.every((value) => Number.isSafeInteger(value)) };
}

function counted(who: string, text: string, count: number): number {
  if (count > mostValues) throw invalid(who, `a range may have at most ${mostValues} values`, text);
  return count;
}
