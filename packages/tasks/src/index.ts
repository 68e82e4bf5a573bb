export { mobyDick } from "./moby-dick.ts";
export type { Batch, LanguageTask } from "./task.ts";
export { textTask, type TextTaskOptions } from "./text-task.ts";
export { byteVocabulary, characterVocabulary, type Vocabulary } from "./vocabulary.ts";
