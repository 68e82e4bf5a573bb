import { expect, describe, test } from "vitest";
import { dates, phrases, phraseTranslation } from "../src/index.ts";
import { dateStyles, writtenDate } from "../src/dates.ts";
import { locales } from "../src/locales.ts";

describe("dates", () => {
  const task = dates({ batchSize: 8, seed: 1 });

  test("the list has every language of this engine's ICU, if it is the one that was listed", () => {
    const letters = "abcdefghijklmnopqrstuvwxyz".split("");
    const two = letters.flatMap((a) => letters.map((b) => a + b));
    const tags = [...two, ...two.flatMap((tag) => letters.map((c) => tag + c))];
    const supported = new Set(Intl.DateTimeFormat.supportedLocalesOf(tags));
    const missing = [...supported].filter((locale) => !locales.includes(locale));
    if (process.versions["icu"]?.startsWith("78.") === true) expect(missing).toEqual([]);
    expect(locales.length).toBeGreaterThan(240);
    expect(new Set(locales).size).toBe(locales.length);
  });

  test("every locale writes day, month and whole year in every style", () => {
    const short = locales.flatMap((locale) =>
      dateStyles.flatMap((style) => {
        const written = writtenDate(Date.UTC(1987, 3, 23), `${locale}-u-nu-latn`, style);
        const other = writtenDate(Date.UTC(1987, 4, 23), `${locale}-u-nu-latn`, style);
        return written.includes("1987") && written.includes("23") && written !== other ? [] : [`${style} ${written}`];
      }),
    );
    expect(short).toEqual([]);
  });

  test("answers are ISO dates within the years, of every month, in many locales", () => {
    const seen = Array.from({ length: 600 }, (_, index) => task.example("training", index));
    const iso = seen.map(({ target }) => task.decode(target));
    for (const date of iso) expect(new Date(date).toISOString().slice(0, 10)).toBe(date);
    expect(new Set(iso.map((date) => date.slice(5, 7))).size).toBe(12);
    expect(iso.every((date) => date >= "1900-01-01" && date <= "2099-12-31")).toBe(true);
    const used = new Set(seen.map(({ source }) => task.decodeSource(source).split(" ")[0]));
    expect(used.size).toBeGreaterThan(180);
    expect(Math.max(...seen.map(({ source }) => source.length))).toBeLessThanOrEqual(task.sourceLength);
  });

  test("the source says the day of the answer", () => {
    const english = dates({ batchSize: 1, seed: 2, locales: "en" });
    for (let index = 0; index < 50; index++) {
      const { source, target } = english.example("validation", index);
      const written = english.decodeSource(source).slice("en ".length);
      expect(new Date(`${written} UTC`).toISOString().slice(0, 10)).toBe(english.decode(target));
    }
  });

  test.each([
    [{ locales: "en tlh" }, 'dates task: locales must be ones that this engine\'s ICU knows, got "tlh"'],
    [
      { firstYear: 2001, lastYear: 2000 },
      "years must go from 1000 to 9999, the first not after the last, got [2001,2000]",
    ],
  ])("%o is refused", (options, sentence) => {
    expect(() => dates({ batchSize: 1, seed: 1, ...options })).toThrow(sentence);
  });
});

describe("phrases", () => {
  const french = new Map(
    phrases().map((phrase) => [phrase.english.join(" "), phrase.french.join(" ").replaceAll("' ", "'")]),
  );

  test.each([
    ["I am a student", "je suis étudiant"],
    ["she is a student", "elle est étudiante"],
    ["my sisters are not old", "mes sœurs ne sont pas vieilles"],
    ["my brothers are old", "mes frères sont vieux"],
    ["the women are happy", "les femmes sont heureuses"],
    ["they are happy", "ils sont heureux"],
    ["you are not an actor", "tu n'es pas acteur"],
    ["Mary is an actor", "Marie est actrice"],
    ["the man is not at school", "l'homme n'est pas à l'école"],
    ["we are bakers", "nous sommes boulangers"],
    ["we are not in Paris", "nous ne sommes pas à Paris"],
  ])("%s: %s", (english, expected) => {
    expect(french.get(english)).toBe(expected);
  });

  test("every English sentence has one French one, and no two share it", () => {
    expect(french.size).toBe(690);
    expect(new Set(french.values()).size).toBe(690);
  });

  test("the task shows whole sentences of the grammar, ids both ways", () => {
    const task = phraseTranslation({ batchSize: 4, seed: 1 });
    for (let index = 0; index < 100; index++) {
      const { source, target } = task.example("validation", index);
      expect(task.decode(target)).toBe(french.get(task.decodeSource(source)));
      expect(target.length).toBeLessThan(task.targetLength);
    }
  });
});
