/** Errors that say who refused, by what rule, and what it got, in one sentence. */

/** `performer attention: features must be a positive integer, got 0`, as a RangeError to throw. */
export function invalid(who: string, rule: string, got: unknown): RangeError {
  return new RangeError(`${who}: ${rule}, got ${shown(got)}`);
}

/** Returns the value when it is an integer above 0; otherwise throws `who: name must be a positive integer, got value`. */
export function positiveInteger(who: string, name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(who, `${name} must be a positive integer`, value);
  return value;
}

const longest = 80;

function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined || value === null)
    return String(value);
  if (typeof value === "function") return `function ${value.name}`.trimEnd();
  // Typed arrays would print as objects of numbered keys; a tensor says its shape.
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === "object" && "dataId" in value && "shape" in value)
    return `a tensor of shape ${JSON.stringify(value.shape)}`;
  // JSON has no text for symbols.
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}
