/** Figures as words. The terminal, Markdown, the pictures and the page all round here, so that they agree. */

/** A time with three significant digits and its unit: "12.3 µs", "4.56 ms", "1.20 s". */
export function formatSeconds(seconds: number): string {
  return withUnit(seconds, [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
    [1e-9, "ns"],
  ]);
}

/** Bytes with three significant digits: "640 KiB", "1.25 GiB". */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return "0 B";
  return withUnit(bytes, [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
    [1, "B"],
  ]);
}

function withUnit(value: number, units: readonly (readonly [number, string])[]): string {
  // 999.7 ms would round to 1000 ms: the unit is chosen for the rounded number.
  const rounded = Number(value.toPrecision(3));
  const [size, name] = units.find(([unit]) => rounded >= unit) ?? units.at(-1) ?? [1, ""];
  return `${threeDigits(rounded / size)} ${name}`;
}

/** Three significant digits without an exponent: 0.123, 1.23, 12.3, 123, 1234. */
export function threeDigits(value: number): string {
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3))))) + 1;
  return value.toFixed(Math.min(20, Math.max(0, 3 - digits)));
}

/** A measured length in full: "8,192". */
export function formatLength(length: number): string {
  return groupThousands(Math.round(length));
}

/** A length that was estimated: three significant digits, "1,450". */
export function formatEstimatedLength(length: number): string {
  return groupThousands(Math.round(Number(length.toPrecision(3))));
}

function groupThousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** An exponent with two decimals and no negative zero: "1.97", "0.00". */
export function formatExponent(exponent: number): string {
  return exponent.toFixed(2).replace(/^-(0\.00)$/, "$1");
}

/** A ratio of costs with three significant digits: "4.35x". */
export function formatRatio(ratio: number): string {
  return `${threeDigits(ratio)}x`;
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
