import { defineTask } from "./define-task.ts";
import { exampleSource } from "./example-source.ts";
import { phrases } from "./phrase-grammar.ts";
import { sequenceTask } from "./sequence-task.ts";
import type { Example } from "./task.ts";
import { symbolVocabulary } from "./vocabulary.ts";

/**
 * A few hundred English sentences and their French, from a grammar with agreement in person, gender and number: "I am a student" is "je suis
 * étudiant", "my sisters are not old" is "mes sœurs ne sont pas vieilles". Tokens are words. A tenth of the sentences is only ever seen in
 * validation, so a model must have learnt the agreement and not the sentence. Scored by exact match; `bleu` takes the same tokens.
 */
export const phraseTranslation = defineTask({
  name: "phrases",
  kind: "sequence",
  summary: "the French of a short English sentence, word by word, with agreement",
  source: "own grammar",
  defaults: {},
  make(options) {
    const all = phrases();
    const vocabularyOf = (side: "english" | "french") =>
      symbolVocabulary([...new Set(all.flatMap((phrase) => phrase[side]))].sort(), { between: " " });
    const longest = (side: "english" | "french") => Math.max(...all.map((phrase) => phrase[side].length));
    const [english, french] = [vocabularyOf("english"), vocabularyOf("french")];
    const example = exampleSource({
      name: "phrases",
      seed: options.seed,
      draw: (draws): Example => {
        const phrase = draws.pick(all);
        return { source: english.encode(phrase.english.join(" ")), target: french.encode(phrase.french.join(" ")) };
      },
      input: ({ source }) => source,
    });
    const answers = new Set(all.map((phrase) => phrase.french.join(" "))).size;
    const task = sequenceTask({
      ...options,
      name: "phrases",
      sourceSymbols: english,
      targetSymbols: french,
      sourceLength: longest("english"),
      answerLength: longest("french"),
      example,
      chance: { score: 1 / answers, guess: `one of the grammar's ${answers} French sentences, each as likely` },
    });
    return { ...task, decode: (tokens: Iterable<number>) => task.decode(tokens).replaceAll("' ", "'") };
  },
});
