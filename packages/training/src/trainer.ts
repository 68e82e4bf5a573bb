import { type Tensor, dispose } from "@tensorflow/tfjs-core";
import type { Parameters } from "@attention-lab/nn";
import { positiveInteger } from "@attention-lab/tensors";
import { adamW } from "./adam.ts";
import { type CheckpointInfo, type Progress, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { clipByGlobalNorm } from "./clip.ts";
import { gradientsOver } from "./gradients.ts";
import { onceEach } from "./once-each.ts";
import type { Objective, Scores } from "./objective.ts";
import type { MakeOptimizer, Optimizer } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";

export interface TrainerOptions {
  /** Model and data together: `languageModelling(model, task)` and its siblings make one. */
  readonly objective: Objective;
  readonly schedule: Schedule;
  /** AdamW with its defaults unless given. */
  readonly optimizer?: MakeOptimizer;
  /** Absent: gradients are not clipped. */
  readonly clipNorm?: number;
  /** Batches whose gradients make one update; 1 unless given. */
  readonly accumulate?: number;
  /** Describes model, task and optimiser; a checkpoint of another description is refused. */
  readonly run: string;
}

export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean loss of the step's batches before the update, in nats per counted target. */
  readonly loss: number;
  readonly learningRate: number;
}

/** Trains a model step by step; every step leaves exactly the tensors that it found. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #parameters: Parameters;
  readonly #optimizer: Optimizer;
  readonly #accumulate: number;

  constructor(options: TrainerOptions) {
    this.#options = options;
    this.#accumulate = positiveInteger("training", "accumulate", options.accumulate ?? 1);
    this.#parameters = onceEach(options.objective.parameters());
    this.#optimizer = (options.optimizer ?? adamW())(Object.values(this.#parameters));
  }

  /** Steps done so far. */
  get step(): number {
    return this.#optimizer.steps;
  }

  /** One update. A loss that is not a number stops the run with the step in the sentence, before anything is changed. */
  async trainStep(): Promise<StepReport> {
    const { objective, schedule } = this.#options;
    const done = this.step;
    const learningRate = schedule(done + 1);
    const indices = Array.from({ length: this.#accumulate }, (_, i) => done * this.#accumulate + i);
    const { loss, gradients } = await gradientsOver(objective, this.#optimizer.variables, indices);
    if (Number.isFinite(loss)) this.#update(gradients, learningRate);
    dispose(present(gradients));
    if (!Number.isFinite(loss)) {
      throw new Error(
        `training: the loss of step ${done + 1} is ${loss}: lower the learning rate, lengthen the warm-up or clip the gradients`,
      );
    }
    return { step: this.step, loss, learningRate };
  }

  /** Scores on held-out data: its first `batches` batches, all unless given. */
  evaluate(batches?: number): Promise<Scores> {
    return this.#options.objective.evaluate(batches === undefined ? {} : { batches });
  }

  /**
   * The whole state of the run, as the bytes of a safetensors file.
   * Errors: one sentence if a parameter has become infinite or NaN, so that a good checkpoint is never replaced by a broken one.
   */
  checkpoint(progress: Progress = {}): Promise<Uint8Array> {
    return writeCheckpoint(this.#parameters, this.#optimizer, { step: this.step, run: this.#options.run, progress });
  }

  /** Continues exactly where the checkpoint was written: the same later steps, bit for bit on the same engine. */
  restore(bytes: Uint8Array): CheckpointInfo {
    return readCheckpoint(bytes, this.#parameters, this.#optimizer, this.#options.run);
  }

  /** Frees the optimiser's state; the model stays. */
  dispose(): void {
    this.#optimizer.dispose();
  }

  #update(gradients: readonly (Tensor | undefined)[], learningRate: number): void {
    const { clipNorm } = this.#options;
    if (clipNorm === undefined) return this.#optimizer.update(gradients, learningRate);
    const clipped = clipByGlobalNorm(present(gradients), clipNorm);
    let next = 0;
    this.#optimizer.update(
      gradients.map((gradient) => (gradient === undefined ? undefined : clipped[next++])),
      learningRate,
    );
    dispose(clipped);
  }
}

function present(gradients: readonly (Tensor | undefined)[]): Tensor[] {
  return gradients.filter((gradient) => gradient !== undefined);
}
