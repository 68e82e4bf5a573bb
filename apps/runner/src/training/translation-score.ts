import { conditioned, decodeBatch, type EncoderDecoderModel, greedy } from "@attention-lab/decoders";
import { bleu, type SequenceToSequence } from "@attention-lab/tasks";
import { carry } from "@attention-lab/tensors";
import type { TensorContainer } from "@tensorflow/tfjs-core";

/** Corpus BLEU from 0 to 1 of greedy decoding on the first `batches` held-out batches, in the task's own tokens. */
export async function translationScore(
  model: EncoderDecoderModel,
  task: SequenceToSequence,
  batches = task.validationBatches,
): Promise<number> {
  const { begin, end, targetLength: maxTokens, padding } = task;
  const written: number[][] = [];
  const wanted: number[][][] = [];
  const isWord = (id: number) => id !== end && id !== padding && id >= 0;
  for (let index = 0; index < Math.min(batches, task.validationBatches); index++) {
    const batch = task.validationBatch(index);
    const { sources: ids, sourceLengths: lengths } = batch;
    const prompts = lengths.map(() => [begin]);
    const given = conditioned(model, { ids, lengths });
    const rows = await decodeBatch({ model: given, prompts, maxTokens, strategy: greedy(), seed: 0, stop: [end] });
    written.push(...rows.map((row) => row.filter(isWord)));
    wanted.push(...((await batch.targets.array()) as number[][]).map((row) => [row.filter(isWord)]));
    carry<TensorContainer>([ids, batch.sourcePadding, batch.inputs, batch.targets], () => undefined);
  }
  return bleu(written, wanted).score;
}
