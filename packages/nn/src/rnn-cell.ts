import { relu, tanh, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { type CellOptions, type CellState, RecurrentCell } from "./recurrent-cell.ts";

export interface RnnCellOptions extends CellOptions {
  /** tanh unless given. */
  readonly activation?: "tanh" | "relu";
}

/** h' = tanh(x W + b + h U + c) (Elman 1990, "Finding Structure in Time"), or relu in tanh's place. */
export class RnnCell extends RecurrentCell {
  readonly activation: "tanh" | "relu";

  constructor({ activation = "tanh", ...options }: RnnCellOptions) {
    super(options, { gates: 1, stateNames: ["hidden"] });
    this.activation = activation;
  }

  protected next(residual: Tensor2D, { hidden }: CellState): CellState {
    const weight = this.recurrentWeight as Tensor2D;
    const sum = linear(hidden, weight, this.recurrentBias as Tensor1D | undefined, { residual }) as Tensor2D;
    return { hidden: this.activation === "tanh" ? tanh(sum) : relu(sum) };
  }
}
