import { invalid } from "@attention-lab/tensors";

/** Checks that positions start ... start + length - 1 exist in an encoding built for `maxLength` positions. */
export function checkRange(who: string, start: number, length: number, maxLength: number): void {
  if (!Number.isInteger(start) || start < 0) {
    throw invalid(who, "the first position must be a non-negative integer", start);
  }
  if (start + length > maxLength) {
    throw invalid(who, `positions must be below maxLength ${maxLength}`, start + length - 1);
  }
}
