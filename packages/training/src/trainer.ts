import {
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  dispose,
  reshape,
  tidy,
} from "@tensorflow/tfjs-core";
import { softmaxCrossEntropy } from "@attention-lab/ops";
import type { Parameters } from "@attention-lab/nn";
import { valueAndGradients } from "@attention-lab/tensors";
import type { Batch, LanguageTask } from "@attention-lab/tasks";
import { Adam, type AdamOptions } from "./adam.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { clipByGlobalNorm } from "./clip.ts";
import type { Schedule } from "./schedule.ts";

/** What training needs of a language model: `@attention-lab/models` has them. */
export interface TrainableModel {
  parameters(): Parameters;
  /** ids int32 [B,N] -> logits [B,N,V]. */
  logits(ids: Tensor2D, options: { readonly training: boolean; readonly step: number }): Tensor3D;
}

export interface TrainerOptions {
  readonly model: TrainableModel;
  readonly task: LanguageTask;
  readonly schedule: Schedule;
  readonly adam?: Partial<AdamOptions>;
  readonly labelSmoothing?: number;
  /** Absent: gradients are not clipped. */
  readonly clipNorm?: number;
  /** Describes model, task and optimiser; a checkpoint of another description is refused. */
  readonly run: string;
}

export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean cross-entropy of the batch before the update, in nats per token. */
  readonly loss: number;
  readonly learningRate: number;
}

export interface Evaluation {
  /** Nats per token over the validation batches. */
  readonly loss: number;
  readonly bitsPerByte: number;
}

/** Trains a language model step by step; every step leaves exactly the tensors that it found. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #parameters: Parameters;
  readonly #adam: Adam;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#parameters = onceEach(options.model.parameters());
    this.#adam = new Adam(Object.values(this.#parameters), options.adam);
  }

  /** Steps done so far. */
  get step(): number {
    return this.#adam.steps;
  }

  async trainStep(): Promise<StepReport> {
    const { task, schedule, clipNorm } = this.#options;
    const done = this.#adam.steps;
    const learningRate = schedule(done + 1);
    const batch = task.batch(done);
    const variables = Object.values(this.#parameters);
    const { value, gradients } = valueAndGradients(() => this.#loss(batch, true, done), variables);
    const present = gradients.filter((gradient): gradient is Tensor => gradient !== undefined);
    if (clipNorm === undefined) {
      this.#adam.update(gradients, learningRate);
    } else {
      const clipped = clipByGlobalNorm(present, clipNorm);
      let next = 0;
      this.#adam.update(
        gradients.map((gradient) => (gradient === undefined ? undefined : clipped[next++])),
        learningRate,
      );
      dispose(clipped);
    }
    const loss = (await value.data())[0] as number;
    dispose([value, ...present, batch.inputs, batch.targets]);
    if (!Number.isFinite(loss))
      throw new Error(
        `training: the loss of step ${done + 1} is ${loss}: lower the learning rate or lengthen the warm-up`,
      );
    return { step: this.#adam.steps, loss, learningRate };
  }

  /** Mean loss over the first `batches` validation batches (all unless given). */
  async evaluate(batches = this.#options.task.validationBatches): Promise<Evaluation> {
    const { task } = this.#options;
    const count = Math.min(batches, task.validationBatches);
    let total = 0;
    for (let index = 0; index < count; index++) {
      const batch = task.validationBatch(index);
      const loss = tidy(() => this.#loss(batch, false, 0));
      total += (await loss.data())[0] as number;
      dispose([loss, batch.inputs, batch.targets]);
    }
    const loss = total / count;
    return { loss, bitsPerByte: loss / Math.LN2 / task.bytesPerToken };
  }

  checkpoint(): Promise<Uint8Array> {
    return writeCheckpoint(this.#parameters, this.#adam, { step: this.#adam.steps, run: this.#options.run });
  }

  /** Continues exactly where the checkpoint was written: the same later steps, bit for bit on the same engine. */
  restore(bytes: Uint8Array): void {
    readCheckpoint(bytes, this.#parameters, this.#adam, this.#options.run);
  }

  /** Frees the optimiser's state; the model stays. */
  dispose(): void {
    this.#adam.dispose();
  }

  #loss({ inputs, targets }: Batch, training: boolean, step: number): Scalar {
    const logits = this.#options.model.logits(inputs, { training, step }); // [B,N,V]
    const rows = reshape(logits, [-1, logits.shape[2]]) as Tensor2D; // [B*N,V]
    const labels = reshape(targets, [-1]) as Tensor1D;
    const labelSmoothing = training ? (this.#options.labelSmoothing ?? 0) : 0;
    return softmaxCrossEntropy(rows, labels, { labelSmoothing });
  }
}

/** A variable that several layers share (Linformer's layerwise projection) is trained and saved once, under its first name. */
function onceEach(parameters: Parameters): Parameters {
  const seen = new Set<number>();
  return Object.fromEntries(
    Object.entries(parameters).filter(([, { id }]) => {
      const first = !seen.has(id);
      seen.add(id);
      return first;
    }),
  );
}
