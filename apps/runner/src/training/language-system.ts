import { DecoderOnlyTransformer } from "@attention-lab/models";
import type { LanguageModelling, LanguageTask } from "@attention-lab/tasks";
import { deriveSeed } from "@attention-lab/tensors";
import { languageModelling } from "@attention-lab/training";
import { forward } from "./forward.ts";
import { promptIds } from "./prompt-ids.ts";
import type { Run } from "./run.ts";
import type { System, SystemOptions } from "./system.ts";
import { transformerOptions, variantsOf } from "./variants.ts";

/** A decoder-only Transformer that learns the next token. */
export function languageSystem(run: Run, task: LanguageModelling | LanguageTask, options: SystemOptions): System {
  const { seed, labelSmoothing, model: config } = run;
  const model = new DecoderOnlyTransformer({
    ...transformerOptions(run, task.length),
    vocabulary: task.vocabulary,
    attention: variantsOf(run, options),
    tied: config.tied ?? true,
    seed: deriveSeed(seed, "model"),
  });
  const coder = {
    name: task.name,
    size: task.vocabulary,
    decode: (ids: readonly number[]) => task.decode(ids),
    ...("encode" in task ? { encode: (text: string) => task.encode(text) } : {}),
  };
  const isText = "bytesPerToken" in task;
  return {
    parameters: () => model.parameters(),
    objective: languageModelling(model, task, { labelSmoothing }),
    tokensPerBatch: task.batchSize * task.length,
    ...(isText ? { prompt: "The whale " } : {}),
    writing: (text) => ({
      model,
      prompt: promptIds(text, coder),
      stop: [],
      continues: true,
      longest: Infinity,
      decode: coder.decode,
      release() {},
    }),
    reading: async (text) => {
      const ids = promptIds(text, coder);
      forward([ids], (row) => model.logits(row));
      const tokens = ids.map((id) => coder.decode([id]));
      return (await options.watch?.take(() => ({ queries: tokens, keys: tokens }))) ?? [];
    },
  };
}
