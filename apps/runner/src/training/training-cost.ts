import type { Task } from "@attention-lab/tasks";
import type { TrialCost } from "@attention-lab/sweep";
import { type AttentionPlace, costAt } from "./attention-places.ts";
import type { Run } from "./run.ts";

/** A backward pass computes each product's two gradients: with the forward pass thrice the operations. */
const passes = 3;
/** Weights, their gradients, and two moments of an optimizer. */
const copiesOfWeights = 4;
/** Roughly, of one layer in one pass: norms, projections, residuals, activations. */
const callsPerLayer = 30;
/** What a layer keeps of a token for its backward pass, in vectors of the model's width, besides its hidden values. */
const keptVectors = 10;

export interface Evaluations {
  /** Forward passes of held-out batches, beside training. */
  readonly batches: number;
}

/**
 * What training is expected to take: 6 operations per weight and token (Kaplan et al. 2020, section 2.1: 2 forward, 4 backward), the declared cost of every
 * attention, and the logits. Memory: the weights with their gradients and moments, what the layers keep for the backward pass, and the logits.
 */
export function trainingCost(run: Run, task: Task, places: readonly AttentionPlace[], more: Evaluations): TrialCost {
  const { steps, accumulate } = run;
  const model = modelSize(run, task);
  const attentions = places.map((place) => costAt(place));
  const attention = attentions.reduce((sum, { flops }) => sum + flops, 0);
  const forward = 2 * task.batchSize * model.products + attention;
  const held = Math.max(0, ...attentions.map(({ peakBytes }) => peakBytes));
  const weights = model.weights + attentions.reduce((sum, { parameters }) => sum + parameters, 0);
  const updates = 10 * steps * weights;
  return {
    operations: forward * (passes * steps * accumulate + more.batches) + updates,
    bytes: 4 * (copiesOfWeights * weights + task.batchSize * model.kept) + held,
    calls: model.calls * (passes * steps * accumulate + more.batches),
  };
}

interface ModelSize {
  readonly weights: number;
  /** Multiply-adds of all linear maps for one example. */
  readonly products: number;
  /** Numbers that one example leaves for its backward pass. */
  readonly kept: number;
  /** TensorFlow.js operations of a forward pass. */
  readonly calls: number;
}

/** The sizes of a model; of recurrent ones too. Tables of embeddings are weights, but only looked up. */
function modelSize(run: Run, task: Task): ModelSize {
  const { dModel = 128 } = run.model;
  const [inputs, outputs] = tokensOf(task, run.model.kind === "decoder");
  const recurrent = run.model.kind === "recurrent";
  const sides = recurrent ? recurrentSides(run, inputs, outputs) : transformerSides(run, inputs, outputs);
  const classes = task.kind === "classification" ? task.classes : task.vocabulary;
  const read = task.kind === "classification" ? 1 : outputs === 0 ? inputs : outputs;
  const sum = (key: keyof ModelSize): number => sides.reduce((total, side) => total + side[key], 0);
  return {
    weights: sum("weights") + task.vocabulary * dModel,
    products: sum("products") + read * dModel * classes,
    kept: sum("kept") + 3 * read * classes,
    calls: sum("calls"),
  };
}

/** Tokens that an encoder or a decoder alone reads, and those that the decoder of a pair writes. */
function tokensOf(task: Task, alone: boolean): readonly [inputs: number, outputs: number] {
  if (task.kind !== "sequence") return [task.length, 0];
  return alone ? [task.sourceLength + task.targetLength, 0] : [task.sourceLength, task.targetLength];
}

function transformerSides({ model }: Run, inputs: number, outputs: number): ModelSize[] {
  const { dModel = 128, heads = 4, layers = 1, keyValueHeads = heads, feedForward = 4 * dModel, activation } = model;
  const width = model.headDim ?? dModel / heads;
  const attention = 2 * dModel * width * (heads + keyValueHeads);
  const dense = (activation === "swiglu" ? 3 : 2) * dModel * feedForward;
  const side = (tokens: number, attentions: number): ModelSize => ({
    weights: layers * (attentions * attention + dense),
    products: layers * tokens * (attentions * attention + dense),
    kept: layers * tokens * (keptVectors * dModel + 2 * feedForward),
    calls: layers * callsPerLayer * attentions,
  });
  return outputs === 0 ? [side(inputs, 1)] : [side(inputs, 1), side(outputs, 2)];
}

const gates: Readonly<Record<string, number>> = { rnn: 1, gru: 3, lstm: 4 };
/** Of one time step: cells compute one token after the other. */
const callsPerTime = 15;

function recurrentSides({ model }: Run, inputs: number, outputs: number): ModelSize[] {
  const { dModel = 128, layers = 1, cell = "gru" } = model;
  const matrices = layers * 2 * (gates[cell] ?? 1) * dModel ** 2;
  return [inputs, outputs].map((tokens) => ({
    weights: matrices,
    products: tokens * matrices,
    kept: layers * tokens * 2 * (gates[cell] ?? 1) * dModel,
    calls: layers * tokens * callsPerTime,
  }));
}
