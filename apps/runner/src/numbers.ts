import { invalid } from "@attention-lab/tensors";

/** For commander: a whole number of at least `least`. */
export function whole(name: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= least)) throw invalid(`--${name}`, `must be a whole number of at least ${least}`, text);
    return value;
  };
}

/** For commander: a positive number, or 0 where that has a meaning. */
export function amount(name: string, { zero }: { readonly zero: boolean }): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (!(Number.isFinite(value) && (value > 0 || (zero && value === 0)))) {
      throw invalid(`--${name}`, `must be a ${zero ? "number of at least 0" : "positive number"}`, text);
    }
    return value;
  };
}

/** For commander: whole numbers of at least `least`, separated by commas. */
export function wholeList(name: string, least: number): (text: string) => number[] {
  return (text) => text.split(",").map(whole(name, least));
}
