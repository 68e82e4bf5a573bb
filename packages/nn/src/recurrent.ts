import { concat, type Tensor, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { dropout } from "@attention-lab/ops";
import { deriveSeed, invalid, positiveInteger, scope } from "@attention-lab/tensors";
import { Layer, type Phase } from "./layer.ts";
import { type CellChoice, checkCell, makeCell } from "./make-cell.ts";
import { named, type Parameters } from "./parameters.ts";
import { oneOf } from "./one-of.ts";
import type { CellState, RecurrentCell } from "./recurrent-cell.ts";
import { type Run, runCell, stepMasks } from "./run-cell.ts";

const directionNames = ["forward", "backward", "both"] as const;

export interface RecurrentOptions extends CellChoice {
  readonly name: string;
  readonly inputs: number;
  /** Width S of each direction's state. */
  readonly units: number;
  readonly layers: number;
  /** Along time, against it, or a cell for each way whose outputs lie side by side. */
  readonly direction: (typeof directionNames)[number];
  /** Probability that an output of a layer below another is dropped in training (Zaremba et al. 2014). */
  readonly dropout: number;
  readonly bias?: boolean;
  readonly seed: number;
}

export interface RecurrentCall extends Phase {
  /** [B,N], 1 = real, 0 = padding: `lengthMask` makes it. Outputs there are 0 and the state stays as it was. */
  readonly padding?: Tensor2D;
  /** One state per layer and direction, layer by layer; zeros unless given. */
  readonly initial?: readonly CellState[];
}

/** `outputs` [B,N,W] of the top layer, W = S, or 2 S of both directions; the last state of each layer and direction, as in `initial`. */
export type RecurrentResult = { readonly outputs: Tensor3D; readonly state: CellState[] };

/**
 * Stacked recurrent layers along x [B,N,I]: PyTorch's RNN, LSTM and GRU with batch_first. Each layer projects all time steps in one product
 * and multiplies only the state inside the loop over time.
 *
 * Parameters: `layers.<i>.input.weight` and so on of one direction, `layers.<i>.forward.*` and `layers.<i>.backward.*` of both.
 */
export class Recurrent extends Layer<[x: Tensor3D, call?: RecurrentCall], RecurrentResult> {
  /** Width of the outputs. */
  readonly width: number;
  /** Width G*S of the bottom layer's projected input. */
  readonly projected: number;
  /** One for each layer and direction, in the order of the state. */
  readonly cells: readonly RecurrentCell[];
  readonly direction: RecurrentOptions["direction"];
  readonly #directions: number;
  readonly #dropout: number;
  readonly #seed: number;

  constructor(options: RecurrentOptions) {
    const { name, inputs, units, layers, direction, dropout: rate, seed } = options;
    super(name);
    const who = `recurrent ${name}`;
    checkCell(who, options);
    positiveInteger(who, "layers", layers);
    oneOf(who, "direction", direction, directionNames);
    if (!(rate >= 0 && rate < 1)) throw invalid(who, "dropout must be in [0, 1)", rate);
    const directions = direction === "both" ? 2 : 1;
    this.direction = direction;
    this.width = directions * units;
    this.#directions = directions;
    this.#dropout = rate;
    this.#seed = seed;
    this.cells = Array.from({ length: layers * directions }, (_, index) => {
      const layer = Math.floor(index / directions);
      const width = layer === 0 ? inputs : this.width;
      const bias = options.bias === undefined ? {} : { bias: options.bias };
      const label = this.#label(index);
      return makeCell(options, {
        name: `${name}.${label}`,
        inputs: width,
        units,
        ...bias,
        seed: deriveSeed(seed, label),
      });
    });
    this.projected = this.#cell(0).projected;
  }

  parameters(): Parameters {
    return Object.assign({}, ...this.cells.map((cell, index) => named(this.#label(index), cell.parameters())));
  }

  /** The zero state of `batch` sequences. */
  start(batch: number): CellState[] {
    return this.cells.map((cell) => cell.start(batch));
  }

  /** What `advance` takes of the input x [...,I] -> [...,G*S]: for all time steps at once where they are known. */
  projectInputs(x: Tensor): Tensor {
    return this.#cell(0).projectInputs(x);
  }

  /**
   * One time step of all layers, from the bottom layer's projected input [B,G*S]; the output is the last state's `hidden`. `time` counts
   * the steps of a sequence, so that each drops other values. Only along time: the other direction needs the whole sequence.
   */
  advance(
    projected: Tensor2D,
    state: readonly CellState[],
    { time = 0, ...phase }: Phase & { time?: number } = {},
  ): CellState[] {
    if (this.direction !== "forward")
      throw invalid(`recurrent ${this.name}`, "a step needs the direction forward", this.direction);
    this.checkState(state, projected.shape[0]);
    return scope(`${this.name}.advance`, () => {
      const next: CellState[] = [];
      for (const [index, cell] of this.cells.entries()) {
        const below = next.at(-1)?.hidden;
        const input = below === undefined ? projected : cell.projectInputs(this.#drop(below, index, phase, time));
        next.push(cell.advance(input as Tensor2D, state[index] as CellState));
      }
      return next;
    });
  }

  /** Throws unless there is a state of `batch` sequences for every layer and direction. */
  checkState(state: readonly CellState[], batch: number): void {
    const count = this.cells.length;
    if (state.length !== count)
      throw invalid(`recurrent ${this.name}`, `a state must have one entry for each of ${count} cells`, state.length);
    for (const [index, cell] of this.cells.entries()) cell.checkState(state[index], batch);
  }

  protected forward(x: Tensor3D, { padding, initial, ...phase }: RecurrentCall = {}): RecurrentResult {
    this.#check(x, padding);
    const [batch] = x.shape;
    if (initial !== undefined) this.checkState(initial, batch);
    const masks = padding === undefined ? undefined : stepMasks(padding);
    const state: CellState[] = [];
    let outputs = x;
    for (let first = 0; first < this.cells.length; first += this.#directions) {
      const input = first === 0 ? outputs : (this.#drop(outputs, first, phase) as Tensor3D);
      const runs = Array.from({ length: this.#directions }, (_, way): Run => {
        const cell = this.#cell(first + way);
        const reversed = this.direction === "backward" || way === 1;
        return runCell(cell, input, initial?.[first + way] ?? cell.start(batch), { reversed, masks });
      });
      outputs = concat(
        runs.map((run) => run.outputs),
        2,
      ); // [B,N,W]
      state.push(...runs.map((run) => run.state));
    }
    return { outputs, state };
  }

  #cell(index: number): RecurrentCell {
    return this.cells[index] as RecurrentCell;
  }

  #label(index: number): string {
    const layer = `layers.${Math.floor(index / this.#directions)}`;
    return this.#directions === 1 ? layer : `${layer}.${index % 2 === 0 ? "forward" : "backward"}`;
  }

  /** The input of the layer whose first cell is number `above`. */
  #drop(x: Tensor, above: number, { training = false, step = 0 }: Phase, time = 0): Tensor {
    const rate = this.#dropout;
    if (!training || rate === 0) return x;
    return dropout(x, { rate, seed: deriveSeed(this.#seed, "dropout", above, time), step, training });
  }

  #check(x: Tensor3D, padding: Tensor2D | undefined): void {
    const who = `recurrent ${this.name}`;
    const [batch, length] = x.shape;
    if (x.rank !== 3 || length < 1) throw invalid(who, "its input must be [B,N,I] with a position at least", x.shape);
    if (padding === undefined || (padding.shape[0] === batch && padding.shape[1] === length)) return;
    throw invalid(who, `padding must be [${batch},${length}]`, padding.shape);
  }
}
