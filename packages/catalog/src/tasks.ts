/** One line per task. */
export {
  associativeRecall,
  copy,
  dates,
  letters,
  listOps,
  mobyDickMasked,
  mobyDickText,
  phraseTranslation,
  reverse,
  sort,
  stateOfTheUnionText,
  textRule,
} from "@attention-lab/tasks";
