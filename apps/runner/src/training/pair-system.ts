import { conditioned, decodeAll, greedy } from "@attention-lab/decoders";
import type { AttentionMap } from "@attention-lab/results";
import type { SequenceToSequence } from "@attention-lab/tasks";
import { carry, invalid, scope } from "@attention-lab/tensors";
import { sequenceToSequence } from "@attention-lab/training";
import { reshape, type Tensor, type TensorContainer, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { pairModel, type SequenceModel } from "./pair-model.ts";
import { promptIds } from "./prompt-ids.ts";
import type { Run } from "./run.ts";
import type { System, SystemOptions, Writing } from "./system.ts";
import { translationScore } from "./translation-score.ts";
import type { Tokens, Watch } from "./watch.ts";

/** A model from one sequence to another, Transformer or recurrent. */
export function pairSystem(run: Run, task: SequenceToSequence, options: SystemOptions): System {
  const model = pairModel(run, task, options);
  const { begin, end } = task;
  const writing = (text: string): Writing => {
    const source = sourceIds(text, task);
    const ids = tensor2d([source], [1, source.length], "int32");
    return {
      model: conditioned(model, { ids, lengths: [source.length] }),
      prompt: [begin],
      stop: [end],
      continues: false,
      longest: task.targetLength,
      decode: (written) => task.decode(written),
      release: () => void carry<TensorContainer>(ids, () => undefined),
    };
  };
  return {
    parameters: () => model.parameters(),
    objective: sequenceToSequence(model, task, { labelSmoothing: run.labelSmoothing }),
    tokensPerBatch: task.batchSize * (task.sourceLength + task.targetLength),
    prompt: task.decodeSource(task.example("validation", 0).source),
    writing,
    bleu: (batches) => translationScore(model, task, batches),
    reading: async (text) => {
      const asked = writing(text);
      const written = await decodeAll({ ...asked, maxTokens: task.targetLength, strategy: greedy(), seed: 0 });
      asked.release();
      return options.watch === undefined ? [] : look(model, options.watch, { text, written, task });
    },
  };
}

function sourceIds(text: string, task: SequenceToSequence): number[] {
  const decode = (ids: readonly number[]) => task.decodeSource(ids);
  const ids = promptIds(text, { name: task.name, size: task.sourceVocabulary, decode });
  if (ids.length <= task.sourceLength) return ids;
  throw invalid(`task ${task.name}`, `a source may have at most ${task.sourceLength} tokens`, ids.length);
}

interface Answered {
  readonly text: string;
  readonly written: readonly number[];
  readonly task: SequenceToSequence;
}

/** The maps of one teacher-forced call on what the model itself has written. */
async function look(model: SequenceModel, watch: Watch, { text, written, task }: Answered): Promise<AttentionMap[]> {
  const { begin, end } = task;
  const source = sourceIds(text, task);
  const inputs = [begin, ...written.slice(0, -1)];
  const named = (id: number) => (id === begin ? "<begin>" : id === end ? "<end>" : task.decode([id]));
  const from = source.map((id) => task.decodeSource([id]));
  // Where the decoder looks at the source, a row is the token that it then writes.
  const tokensOf = (place: string): Tokens => {
    if (place.startsWith("encoder")) return { queries: from, keys: from };
    if (place.endsWith("to the source")) return { queries: written.map(named), keys: from };
    return { queries: inputs.map(named), keys: inputs.map(named) };
  };
  await watch.take(tokensOf); // what decoding has shown
  scope("reading", () => {
    const ids = tensor2d([inputs], [1, inputs.length], "int32");
    const given = { ids: tensor2d([source], [1, source.length], "int32"), lengths: [source.length] };
    if (model.weights === undefined) model.logits(ids, given, { training: false, step: 0 });
    else watch.show("decoder to the source", fourAxes(model.weights(ids, given)));
    return [];
  });
  return watch.take(tokensOf);
}

/** [B,T,M] -> [B,1,T,M]: a recurrent decoder has one head. A decoder that looks nowhere has nothing to show. */
function fourAxes(weights: Tensor | undefined): Tensor {
  if (weights === undefined) return zeros([1, 0, 0, 0]);
  const [batch = 1, queries = 1, keys = 1] = weights.shape;
  return reshape(weights, [batch, 1, queries, keys]);
}
