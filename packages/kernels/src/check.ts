import type { AnyArray } from "./operations.ts";

/** Largest size or offset that the kernels' 32-bit whole numbers hold. */
const LARGEST = 2 ** 31 - 1;

/** Throws unless `value` is a whole number from `least` to 2^31 - 1. */
export function wholeNumber(who: string, name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least && value <= LARGEST) return;
  const rule = least === 1 ? "a positive integer" : least === 0 ? "a whole number" : `an integer of at least ${least}`;
  throw new RangeError(`${who}: ${name} must be ${rule} below 2^31, got ${value}`);
}

/** Throws unless every named value is a positive whole number. */
export function positiveNumbers(who: string, values: Readonly<Record<string, number>>): void {
  for (const name in values) wholeNumber(who, name, values[name] ?? Number.NaN);
}

/** Names of the array types that kernels read, by bytes of an element: anything else would be read past its end. */
type Kind = "Float32Array" | "Int32Array" | "Uint8Array";

/** Throws unless the array is of its kind and has at least `length` elements. An array whose memory was taken away has none. */
export function holds(
  who: string,
  name: string,
  array: AnyArray | undefined,
  length: number,
  kind: Kind = "Float32Array",
): void {
  const type = Object.prototype.toString.call(array).slice(8, -1);
  if (array !== undefined && type !== kind) throw new TypeError(`${who}: ${name} must be a ${kind}, got ${type}`);
  if (array !== undefined && array.length >= length) return;
  const got = array === undefined ? "nothing" : String(array.length);
  throw new RangeError(`${who}: ${name} must hold ${length} numbers, got ${got}`);
}

/** Throws unless every index is a row of the table; with `orNegative`, negative ones are allowed. */
export function indicesBelow(
  who: string,
  name: string,
  indices: Int32Array,
  count: number,
  below: number,
  orNegative = false,
): void {
  for (let i = 0; i < count; i++) {
    const index = indices[i] ?? Number.NaN;
    if (index < below && (index >= 0 || orNegative)) continue;
    throw new RangeError(
      `${who}: ${name} must be below ${below}${orNegative ? "" : " and not negative"}, got ${index}`,
    );
  }
}

/** Position of a word in a fixed list; throws a sentence that lists the allowed words. */
export function oneOf(
  who: string,
  name: string,
  word: string | undefined,
  allowed: readonly (string | undefined)[],
): number {
  const index = allowed.indexOf(word);
  if (index >= 0) return index;
  throw new RangeError(
    `${who}: ${name} must be one of ${allowed.filter((w) => w !== undefined).join(", ")}, got ${word}`,
  );
}
