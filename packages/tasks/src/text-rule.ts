import { invalid } from "@attention-lab/tensors";
import { classificationTask, type Labelled } from "./classification-task.ts";
import { defineTask } from "./define-task.ts";
import { exampleSource } from "./example-source.ts";
import { draws as drawsOf } from "./draws.ts";
import { byteVocabulary } from "./vocabulary.ts";

const words = [
  "the, of, and, a, to, in, it, that, was, with, for, on, as, at, by, from, but, not, so, then, there, here, when, where, while",
  "ship, sea, wind, night, morning, deck, mast, sail, rope, wave, shore, harbour, captain, mate, crew, lamp, watch, bell, storm, calm",
  "old, young, grey, white, dark, slow, quiet, long, short, broad, early, late, cold, warm, far, near, high, low",
  "came, went, stood, looked, turned, heard, saw, called, waited, slept, worked, sang, drifted, rose, fell, held, kept",
]
  .join(", ")
  .split(", ");

/**
 * Classification of long byte text by a generated rule. The seed picks `classes` marker words; every text holds each of them once, at random
 * places among random words, and its class is the marker that comes first. Which words a text holds says nothing about its class, so a bag of
 * words scores chance; and the markers may be as far apart as the text is long. Texts fill `length` bytes as far as whole words do. Classes are
 * equally likely, and the splits share no text.
 */
export const textRule = defineTask({
  name: "text-rule",
  kind: "classification",
  summary: "which of the marker words comes first in a long text, as bytes",
  source: "in the manner of Tay et al. 2021, Long Range Arena, text",
  defaults: { length: 512, classes: 2 },
  make(options) {
    const { length, classes, seed } = options;
    const who = "text-rule task";
    if (classes < 2 || classes > 8) throw invalid(who, "classes must be from 2 to 8", classes);
    if (length < 16 * classes)
      throw invalid(who, `length must be at least 16 bytes for each of ${classes} classes`, length);
    const [markers, fillers] = split(drawsOf(seed).shuffled(words), classes);
    const symbols = byteVocabulary();
    const example = exampleSource({
      name: "text-rule",
      seed,
      draw: (draws): Labelled => {
        const order = draws.shuffled(markers);
        const text = draws.shuffled([...fillWords(length - bytes(markers), () => draws.pick(fillers)), ...markers]);
        const places = [...text.keys()].filter((place) => markers.includes(text[place] ?? ""));
        for (const [rank, place] of places.entries()) text[place] = order[rank] ?? "";
        return { tokens: symbols.encode(text.join(" ")), label: markers.indexOf(order[0] ?? "") };
      },
      input: ({ tokens }) => tokens,
    });
    return classificationTask({ ...options, name: "text-rule", symbols, length, classes, example });
  },
});

function split<T>(things: readonly T[], count: number): [T[], T[]] {
  return [things.slice(0, count), things.slice(count)];
}

/** Bytes of words and a space behind each. */
function bytes(of: readonly string[]): number {
  return of.reduce((sum, word) => sum + word.length + 1, 0);
}

/** Words until the next one would not fit. */
function fillWords(room: number, next: () => string): string[] {
  const filled: string[] = [];
  let left = room;
  for (let word = next(); word.length + 1 <= left; word = next()) {
    filled.push(word);
    left -= word.length + 1;
  }
  return filled;
}
