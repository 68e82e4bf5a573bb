/** A sentence of the grammar in English and French, as tokens: words, and elided words such as "n'" with their apostrophe. */
export interface Phrase {
  readonly english: readonly string[];
  readonly french: readonly string[];
}

interface Subject {
  readonly english: string;
  readonly french: string;
  readonly am: "am" | "are" | "is";
  readonly suis: "suis" | "es" | "est" | "sommes" | "sont";
  readonly plural: boolean;
  readonly feminine: boolean;
}

const subject = (
  english: string,
  french: string,
  am: Subject["am"],
  suis: Subject["suis"],
  gender: "m" | "f",
): Subject => ({ english, french, am, suis, plural: suis === "sommes" || suis === "sont", feminine: gender === "f" });

/** Mixed and unknown company is masculine, as French grammar has it. */
const subjects: readonly Subject[] = [
  subject("I", "je", "am", "suis", "m"),
  subject("you", "tu", "are", "es", "m"),
  subject("he", "il", "is", "est", "m"),
  subject("she", "elle", "is", "est", "f"),
  subject("we", "nous", "are", "sommes", "m"),
  subject("they", "ils", "are", "sont", "m"),
  subject("the man", "l' homme", "is", "est", "m"),
  subject("the woman", "la femme", "is", "est", "f"),
  subject("the men", "les hommes", "are", "sont", "m"),
  subject("the women", "les femmes", "are", "sont", "f"),
  subject("my brother", "mon frère", "is", "est", "m"),
  subject("my sister", "ma sœur", "is", "est", "f"),
  subject("my brothers", "mes frères", "are", "sont", "m"),
  subject("my sisters", "mes sœurs", "are", "sont", "f"),
  subject("Mary", "Marie", "is", "est", "f"),
];

/** English, masculine, feminine. French names a profession without an article. */
const professions = [
  ["student", "étudiant", "étudiante"],
  ["teacher", "enseignant", "enseignante"],
  ["doctor", "médecin", "médecin"],
  ["nurse", "infirmier", "infirmière"],
  ["farmer", "fermier", "fermière"],
  ["singer", "chanteur", "chanteuse"],
  ["baker", "boulanger", "boulangère"],
  ["engineer", "ingénieur", "ingénieure"],
  ["actor", "acteur", "actrice"],
] as const;

const adjectives = [
  ["happy", "heureux", "heureuse"],
  ["tired", "fatigué", "fatiguée"],
  ["tall", "grand", "grande"],
  ["small", "petit", "petite"],
  ["young", "jeune", "jeune"],
  ["ready", "prêt", "prête"],
  ["sad", "triste", "triste"],
  ["alone", "seul", "seule"],
  ["old", "vieux", "vieille"],
] as const;

const places = [
  ["at home", "à la maison"],
  ["in Paris", "à Paris"],
  ["in the garden", "dans le jardin"],
  ["at school", "à l' école"],
  ["here", "ici"],
] as const;

/** All sentences: subject, "be" in the present, affirmed and denied, and a profession, an adjective or a place that agrees. */
export function phrases(): Phrase[] {
  return subjects.flatMap((who) =>
    predicates(who).flatMap(([english, french]) => [
      { english: words(`${who.english} ${who.am} ${english}`), french: words(`${who.french} ${who.suis} ${french}`) },
      {
        english: words(`${who.english} ${who.am} not ${english}`),
        french: words(`${who.french} ${/^[eé]/.test(who.suis) ? "n'" : "ne"} ${who.suis} pas ${french}`),
      },
    ]),
  );
}

function predicates(who: Subject): (readonly [string, string])[] {
  return [
    ...professions.map(([english, masculine, feminine]) => {
      const named = who.plural ? `${english}s` : `${/^[aeio]/.test(english) ? "an" : "a"} ${english}`;
      return [named, agree(who, masculine, feminine)] as const;
    }),
    ...adjectives.map(([english, masculine, feminine]) => [english, agree(who, masculine, feminine)] as const),
    ...places,
  ];
}

/** The plural adds an s, unless the word ends in s or x. */
function agree({ feminine, plural }: Subject, masculine: string, feminineForm: string): string {
  const form = feminine ? feminineForm : masculine;
  return plural && !/[sx]$/.test(form) ? `${form}s` : form;
}

function words(sentence: string): string[] {
  return sentence.split(" ");
}
