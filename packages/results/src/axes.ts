import { formatBytes, formatSeconds, threeDigits } from "./format.ts";

/** An axis: its ends, and where it is labelled. Logarithmic unless it says otherwise. */
export interface Axis {
  readonly scale?: "linear" | "log";
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

const tidy = (text: string) => text.replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "");

/** An axis of times: powers of ten with their unit, 2 and 5 between them when the axis is short. */
export function timeAxis(values: readonly number[]): Axis {
  return decimalAxis(values, (value) => tidy(formatSeconds(value)));
}

/** An axis of operations: "1 G", "10 G". */
export function operationsAxis(values: readonly number[]): Axis {
  const units = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  const format = (value: number) => {
    const [size, unit] = units.find(([one]) => value >= one * 0.999) ?? [1, ""];
    return tidy(`${threeDigits(value / size)} ${unit}`);
  };
  return decimalAxis(values, format, [1]);
}

/** An axis of bytes: powers of two that the units know, a few of them. */
export function bytesAxis(values: readonly number[]): Axis {
  const domain = padded(values);
  const [low, high] = [Math.ceil(Math.log2(domain[0])), Math.floor(Math.log2(domain[1]))];
  const step = Math.max(1, Math.round((high - low) / 6));
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 2 ** (low + i * step));
  return { domain, ticks, format: (value) => tidy(formatBytes(value)) };
}

/** An axis of numbers: powers of ten, and some between them when the axis is short. */
export function decimalAxis(values: readonly number[], format: (value: number) => string, between = [1, 2, 5]): Axis {
  const domain = padded(values);
  const decades = Math.log10(domain[1] / domain[0]);
  const digits = decades < 2.6 ? between : [1];
  const first = Math.floor(Math.log10(domain[0]));
  const ticks = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => i + first)
    // 10 ** -5 is exact to the digit as a decimal text only.
    .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
    .filter((tick) => tick >= domain[0] && tick <= domain[1]);
  return { domain, ticks, format };
}

/** The ends of the values with some air, a decade at least. */
function padded(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  const [low, high] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [1, 10];
  const air = Math.max(1.5, Math.sqrt(10 / (high / low)));
  return [low / air, high * air];
}

/** Moves labels apart, each at least `gap` from the next and as near to its wish as the order allows (least squares). */
export function spread(wishes: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wishes.map((wish, index) => ({ wish, index })).toSorted((a, b) => a.wish - b.wish);
  const blocks: { sum: number; count: number }[] = [];
  const placeOf = ({ sum, count }: { sum: number; count: number }) =>
    Math.min(Math.max(sum / count, low), high - (count - 1) * gap);
  for (const { wish } of order) {
    let block = { sum: wish, count: 1 };
    for (
      let above = blocks.at(-1);
      above && placeOf(above) + above.count * gap > placeOf(block);
      above = blocks.at(-1)
    ) {
      blocks.pop();
      block = { sum: above.sum + block.sum - block.count * above.count * gap, count: above.count + block.count };
    }
    blocks.push(block);
  }
  const places = blocks.flatMap((block) => Array.from({ length: block.count }, (_, i) => placeOf(block) + i * gap));
  const result = wishes.map(() => 0);
  order.forEach(({ index }, i) => (result[index] = places[i] ?? 0));
  return result;
}
