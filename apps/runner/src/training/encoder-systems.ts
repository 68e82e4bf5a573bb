import { EncoderOnlyTransformer } from "@attention-lab/models";
import type { Classification, MaskedTokens } from "@attention-lab/tasks";
import { deriveSeed } from "@attention-lab/tensors";
import { classification, maskedTokens } from "@attention-lab/training";
import { forward } from "./forward.ts";
import { promptIds } from "./prompt-ids.ts";
import type { Run } from "./run.ts";
import type { System, SystemOptions } from "./system.ts";
import { transformerOptions, variantsOf } from "./variants.ts";

/** An encoder that names the class of a sequence. */
export function classSystem(run: Run, task: Classification, options: SystemOptions): System {
  const model = new EncoderOnlyTransformer({ ...encoderOptions(run, task, options), classes: task.classes });
  return {
    ...shared(model, task, options),
    objective: classification(model, task, { labelSmoothing: run.labelSmoothing }),
  };
}

/** An encoder that fills in hidden tokens. */
export function maskedSystem(run: Run, task: MaskedTokens, options: SystemOptions): System {
  const model = new EncoderOnlyTransformer({ ...encoderOptions(run, task, options), maskedTokens: true });
  return {
    ...shared(model, task, options),
    objective: maskedTokens(model, task, { labelSmoothing: run.labelSmoothing }),
  };
}

function encoderOptions(run: Run, task: Classification | MaskedTokens, options: SystemOptions) {
  return {
    ...transformerOptions(run, task.length),
    vocabulary: task.vocabulary,
    attention: variantsOf(run, options),
    seed: deriveSeed(run.seed, "model"),
  };
}

function shared(
  model: EncoderOnlyTransformer,
  task: Classification | MaskedTokens,
  { watch }: SystemOptions,
): Omit<System, "objective"> {
  const decode = (ids: readonly number[]) => task.decode(ids);
  return {
    parameters: () => model.parameters(),
    tokensPerBatch: task.batchSize * task.length,
    writing: () => {
      throw new RangeError(`task ${task.name}: an encoder writes no text, it can be evaluated and its attention drawn`);
    },
    reading: async (text) => {
      const ids = promptIds(text, { name: task.name, size: task.vocabulary, decode });
      forward([ids], (row) => model.call(row));
      const tokens = ids.map((id) => decode([id]));
      return (await watch?.take(() => ({ queries: tokens, keys: tokens }))) ?? [];
    },
  };
}
