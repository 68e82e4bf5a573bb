import { dispose, type Tensor, type TensorContainer } from "@tensorflow/tfjs-core";
import type { ClassBatch, Classification, LanguageModelling, Task } from "../src/index.ts";

/** Host copies of a batch, which is freed. */
export async function rows<B extends object>(batch: B): Promise<{ readonly [K in keyof B]: number[][] }> {
  const arrays = Object.entries(batch).map(async ([name, value]: [string, Tensor | number[]]) => {
    const array = Array.isArray(value) ? value : ((await value.array()) as number[] | number[][]);
    return [name, array.map((row) => (Array.isArray(row) ? row : [row]))];
  });
  const copies = Object.fromEntries(await Promise.all(arrays)) as { readonly [K in keyof B]: number[][] };
  dispose(batch as TensorContainer);
  return copies;
}

/** The first `count` training examples of a task with rows of inputs and targets. */
export async function trainingRows(
  task: LanguageModelling | Classification,
  count: number,
): Promise<{ readonly inputs: number[]; readonly targets: number[]; readonly text: string }[]> {
  const read: { inputs: number[]; targets: number[]; text: string }[] = [];
  for (let step = 0; read.length < count; step++) {
    const { inputs, targets, lengths } = await rows(task.batch(step) as ClassBatch);
    for (const [i, row] of inputs.entries()) {
      const real = row.slice(0, lengths?.[i]?.[0] ?? row.length);
      read.push({ inputs: real, targets: targets[i] ?? [], text: task.decode(real) });
    }
  }
  return read.slice(0, count);
}

/** Everything a batch holds, as one string. */
export async function printed(task: Task, batch: object): Promise<string> {
  return `${task.name} ${JSON.stringify(await rows(batch))}`;
}
