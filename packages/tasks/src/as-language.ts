import { type Asked, askedBatch, batches } from "./batches.ts";
import type { LanguageModelling, SequenceToSequence, Split } from "./task.ts";

/**
 * A sequence-to-sequence task for a model without an encoder: source, `begin`, answer, `end` in one row, of which only the answer and its end
 * are targets. Ids are the task's own where source and target share their symbols; otherwise target ids follow the source's.
 */
export function asLanguage(task: SequenceToSequence): LanguageModelling {
  const { begin, end } = task;
  const shift = task.shared ? 0 : task.sourceVocabulary;
  const length = task.sourceLength + task.targetLength;
  const row = (split: Split, index: number): Asked => {
    const { source, target } = task.example(split, index);
    const answer = [...target, end].map((id) => id + shift);
    return {
      inputs: [...source, begin + shift, ...answer.slice(0, -1)],
      targets: [...source.map(() => -1), ...answer],
    };
  };
  return {
    kind: "language",
    name: `${task.name}-language`,
    chance: task.chance,
    measure: task.measure,
    score: (predictions, targets) => task.score(predictions, targets),
    vocabulary: shift + task.vocabulary,
    length,
    ...batches(task, (split, examples) =>
      askedBatch(
        examples.map((index) => row(split, index)),
        length,
      ),
    ),
    decode: (tokens) => {
      const ids = [...tokens];
      if (shift === 0) return task.decode(ids);
      return task.decodeSource(ids.filter((id) => id < shift)) + task.decode(ids.map((id) => id - shift));
    },
  };
}
