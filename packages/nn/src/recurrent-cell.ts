import { type Tensor, type Tensor1D, type Tensor2D, type Variable, zeros } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { deriveSeed, invalid, positiveInteger, randomUniform, scope } from "@attention-lab/tensors";
import { Layer } from "./layer.ts";
import { type Parameters, parameter } from "./parameters.ts";

/** What a cell carries from step to step: its output `hidden` [B,S] and, for an LSTM, its memory `cell` [B,S]. */
export type CellState = { readonly hidden: Tensor2D; readonly cell?: Tensor2D };

export interface CellOptions {
  readonly name: string;
  /** Width I of the input. */
  readonly inputs: number;
  /** Width S of the state. */
  readonly units: number;
  /** Whether the two biases, of the input's product and of the state's, are added; true unless given. */
  readonly bias?: boolean;
  readonly seed: number;
}

/**
 * One step of a recurrence: x [B,I] and the state before it -> the state after it. Everything that the input alone decides is in
 * `projectInputs`, which takes a whole sequence in one product, so that a loop over time calls `advance` only.
 *
 * Parameters, with the G gates side by side: `input.weight` [I,G*S], `input.bias` [G*S], `recurrent.weight` [S,G*S],
 * `recurrent.bias` [G*S], all uniform in +-1/sqrt(S) at the start. These are PyTorch's, transposed.
 */
export abstract class RecurrentCell extends Layer<[x: Tensor2D, state: CellState], CellState> {
  readonly inputs: number;
  readonly units: number;
  /** Width G*S of a projected input. */
  readonly projected: number;
  protected readonly recurrentWeight: Variable;
  protected readonly recurrentBias: Variable | undefined;
  readonly #inputWeight: Variable;
  readonly #inputBias: Variable | undefined;
  readonly #stateNames: readonly (keyof CellState)[];

  constructor(
    { name, inputs, units, bias = true, seed }: CellOptions,
    { gates, stateNames }: { readonly gates: number; readonly stateNames: readonly (keyof CellState)[] },
  ) {
    super(name);
    this.inputs = positiveInteger(`cell ${name}`, "inputs", inputs);
    this.units = positiveInteger(`cell ${name}`, "units", units);
    this.projected = gates * units;
    this.#stateNames = stateNames;
    const limit = 1 / Math.sqrt(units);
    const uniform = (label: string, shape: number[]) =>
      parameter(() => randomUniform(deriveSeed(seed, label), shape, -limit, limit));
    this.#inputWeight = uniform("input weight", [inputs, this.projected]);
    this.#inputBias = bias ? uniform("input bias", [this.projected]) : undefined;
    this.recurrentWeight = uniform("recurrent weight", [units, this.projected]);
    this.recurrentBias = bias ? uniform("recurrent bias", [this.projected]) : undefined;
  }

  parameters(): Parameters {
    return {
      "input.weight": this.#inputWeight,
      ...(this.#inputBias === undefined ? {} : { "input.bias": this.#inputBias }),
      "recurrent.weight": this.recurrentWeight,
      ...(this.recurrentBias === undefined ? {} : { "recurrent.bias": this.recurrentBias }),
    };
  }

  /** The zero state of `batch` sequences. */
  start(batch: number): CellState {
    return scope(`${this.name}.start`, () =>
      Object.fromEntries(this.#stateNames.map((name) => [name, zeros([batch, this.units])])),
    ) as CellState;
  }

  /** The input's share of every gate, [...,I] -> [...,G*S]: all steps of a sequence in one product. */
  projectInputs(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inputs) {
      throw invalid(`cell ${this.name}`, `the last axis of its input must be ${this.inputs}`, x.shape);
    }
    return linear(x, this.#inputWeight as Tensor2D, this.#inputBias as Tensor1D | undefined);
  }

  /** One step from a projected input [B,G*S]. */
  advance(projected: Tensor2D, state: CellState): CellState {
    return scope(this.name, () => this.next(projected, state));
  }

  /** Throws unless the state is one of this cell's, of `batch` sequences. */
  checkState(state: CellState | undefined, batch: number): void {
    for (const name of this.#stateNames) {
      const shape = state?.[name]?.shape;
      if (shape?.length === 2 && shape[0] === batch && shape[1] === this.units) continue;
      throw invalid(`cell ${this.name}`, `the state's ${name} must be [${batch},${this.units}]`, shape);
    }
  }

  protected forward(x: Tensor2D, state: CellState): CellState {
    this.checkState(state, x.shape[0]);
    return this.next(this.projectInputs(x) as Tensor2D, state);
  }

  protected abstract next(projected: Tensor2D, state: CellState): CellState;
}
