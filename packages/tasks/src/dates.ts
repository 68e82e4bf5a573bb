import { invalid } from "@attention-lab/tensors";
import { defineTask } from "./define-task.ts";
import { exampleSource } from "./example-source.ts";
import { locales as known } from "./locales.ts";
import { sequenceTask } from "./sequence-task.ts";
import type { Example } from "./task.ts";
import { byteVocabulary, symbolVocabulary } from "./vocabulary.ts";

/** Two-digit years would leave the century open, so ICU's short style is left out. */
export const dateStyles = ["full", "long", "medium"] as const;
const day = 86_400_000;

/**
 * A date of the Gregorian calendar as a locale writes it, in its own digits: `de Freitag, 3. April 1987`. The locale stands in front because
 * 3/4/1987 is two dates otherwise. Styles are those of ICU that hold the whole year.
 */
export function writtenDate(time: number, locale: string, style: (typeof dateStyles)[number]): string {
  const key = `${locale} ${style}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { dateStyle: style, timeZone: "UTC", calendar: "gregory" });
    formats.set(key, format);
  }
  return `${locale} ${format.format(new Date(time))}`;
}

/** Making a format costs a hundred times as much as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Date normalisation (after Bahdanau-style tutorials on attention): a written date to ISO 8601, `1987-04-03`. Dates are uniform over the days
 * from `firstYear` to `lastYear`, locales uniform over `locales`, "all" of ICU or a list such as "en fr de", and styles over full, long and
 * medium. Sources are UTF-8 bytes; one that is longer than `length` is drawn again. What a locale writes depends on the ICU of the JavaScript
 * engine. The splits share no source.
 */
export const dates = defineTask({
  name: "dates",
  kind: "sequence",
  summary: "the ISO 8601 form of a date in the words of any of ICU's locales",
  source: "the date example of attention tutorials, with the data of Unicode's CLDR",
  defaults: { length: 144, locales: "all", firstYear: 1900, lastYear: 2099 },
  make(options) {
    const { length, firstYear, lastYear } = options;
    const who = "dates task";
    if (firstYear > lastYear || firstYear < 1000 || lastYear > 9999) {
      throw invalid(who, "years must go from 1000 to 9999, the first not after the last", [firstYear, lastYear]);
    }
    const chosen = chosenLocales(who, options.locales);
    const start = Date.UTC(firstYear, 0, 1);
    const days = (Date.UTC(lastYear + 1, 0, 1) - start) / day;
    const source = byteVocabulary();
    const target = symbolVocabulary("0 1 2 3 4 5 6 7 8 9 -".split(" "), { between: "" });
    const example = exampleSource({
      name: "dates",
      seed: options.seed,
      draw: (draws): Example => {
        for (let attempt = 0; attempt < 1000; attempt++) {
          const time = start + draws.below(days) * day;
          const written = source.encode(writtenDate(time, draws.pick(chosen), draws.pick(dateStyles)));
          if (written.length <= length) {
            return { source: written, target: target.encode(new Date(time).toISOString().slice(0, 10)) };
          }
        }
        throw invalid(who, "length must leave room for a written date", length);
      },
      input: (drawn) => drawn.source,
    });
    return sequenceTask({
      ...options,
      name: "dates",
      sourceSymbols: source,
      targetSymbols: target,
      sourceLength: length,
      answerLength: 10,
      example,
      chance: { score: 1 / days, guess: `one of the ${days} days, each as likely` },
    });
  },
});

function chosenLocales(who: string, asked: string): string[] {
  const wanted = asked === "all" ? known : asked.split(" ");
  const supported = Intl.DateTimeFormat.supportedLocalesOf(wanted);
  // A JavaScript engine with less of ICU still has data, only fewer languages; a locale asked for by name must be there.
  const missing = asked === "all" ? undefined : wanted.find((locale) => !supported.includes(locale));
  if (missing !== undefined) throw invalid(who, "locales must be ones that this engine's ICU knows", missing);
  return supported;
}
