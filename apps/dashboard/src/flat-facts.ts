import { valueWords } from "@attention-lab/results/browser";
import type { Facts } from "./trials.ts";

/** Longer texts (changes to the code) are cut: they are in the trial's own files. */
const MOST_CHARACTERS = 2000;

/** A record's values by name; parts of objects have names of their own (`backend.threads`). */
export function flatFacts(record: Readonly<Record<string, unknown>>, before = ""): Facts {
  return Object.entries(record).flatMap(([key, value]): Facts => {
    const name = `${before}${key}`;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return flatFacts(value as Readonly<Record<string, unknown>>, `${name}.`);
    const text = value === null ? "none" : valueWords(value);
    return [[name, text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} ...` : text]];
  });
}
