export { asLanguage } from "./as-language.ts";
export { associativeRecall } from "./associative-recall.ts";
export { bleu, type Bleu, type Sentence } from "./bleu.ts";
export { mobyDickMasked, mobyDickText, stateOfTheUnionText } from "./book-tasks.ts";
export { bytePairVocabulary, type BytePairVocabulary, type Merge, trainBytePairs } from "./byte-pairs.ts";
export { dates } from "./dates.ts";
export { type CommonOptions, defineTask, type Defaults, type TaskDefinition } from "./define-task.ts";
export { letters } from "./letters.ts";
export { listOps } from "./list-ops.ts";
export { maskedText, type MaskedTextOptions } from "./masked-text.ts";
export { mobyDick } from "./moby-dick.ts";
export { phrases, type Phrase } from "./phrase-grammar.ts";
export { phraseTranslation } from "./phrase-task.ts";
export { copy, reverse, sort } from "./rearrangements.ts";
export { exactMatch, tokenAccuracy } from "./scores.ts";
export { stateOfTheUnion } from "./state-of-the-union.ts";
export type {
  Batch,
  Chance,
  ClassBatch,
  Classification,
  Example,
  LanguageModelling,
  LanguageTask,
  MaskedTokens,
  Rows,
  SequenceBatch,
  SequenceToSequence,
  Split,
  Task,
} from "./task.ts";
export { textRule } from "./text-rule.ts";
export { textTask } from "./text-task.ts";
export type { WindowOptions as TextTaskOptions } from "./text-windows.ts";
export { byteVocabulary, characterVocabulary, symbolVocabulary, type Vocabulary } from "./vocabulary.ts";
