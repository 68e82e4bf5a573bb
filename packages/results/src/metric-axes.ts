import { type Axis, decimalAxis } from "./axes.ts";
import { threeDigits } from "./format.ts";

/** Few enough to label every one. */
const mostOwnTicks = 12;

/** An axis of numbers without a unit. Where few values occur they are the ticks themselves (`ownTicks`). */
export function metricAxis(
  values: readonly number[],
  scale: "linear" | "log",
  { ownTicks = false }: { readonly ownTicks?: boolean } = {},
): Axis {
  const own = [...new Set(values)].toSorted((a, b) => a - b);
  const axis = scale === "log" ? decimalAxis(values, shortNumber) : linearAxis(own);
  if (!ownTicks || own.length > mostOwnTicks || own.length === 0) return axis;
  if (scale === "linear") return { ...axis, ticks: own };
  const [low = 1, high = 1] = [own[0], own.at(-1)];
  return { ...axis, domain: [low / 1.15, high * 1.15], ticks: own };
}

function linearAxis(values: readonly number[]): Axis {
  const [low, high] = [values[0] ?? 0, values.at(-1) ?? 1];
  const span = high - low || Math.abs(high) || 1;
  const domain: readonly [number, number] = [
    low >= 0 ? Math.max(0, low - 0.08 * span) : low - 0.08 * span,
    high + 0.08 * span,
  ];
  const step = niceStep((domain[1] - domain[0]) / 6);
  const first = Math.ceil(domain[0] / step);
  const count = Math.floor(domain[1] / step) - first + 1;
  const ticks = Array.from({ length: Math.max(1, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { domain, ticks, format: shortNumber, scale: "linear" };
}

/** The least of 1, 2, 5 times a power of ten that is no smaller. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const [digit = 10] = [1, 2, 5].filter((each) => each * power >= least * 0.999);
  return digit * power;
}

/** "0.05", "128", "1e-6". */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-3 || size >= 1e6) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return Number.isInteger(value)
    ? String(value)
    : threeDigits(value)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
}
