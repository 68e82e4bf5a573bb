import { add, mul, sigmoid, split, tanh, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { type CellOptions, type CellState, RecurrentCell } from "./recurrent-cell.ts";

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000, without peepholes):
 * c' = f c + i g, h' = o tanh(c'), where i, f, o are sigmoids and g a tanh of x W + b + h U + d. Gates lie in PyTorch's order i, f, g, o.
 */
export class LstmCell extends RecurrentCell {
  constructor(options: CellOptions) {
    super(options, { gates: 4, stateNames: ["hidden", "cell"] });
  }

  protected next(residual: Tensor2D, { hidden, cell }: CellState): CellState {
    const weight = this.recurrentWeight as Tensor2D;
    const gates = linear(hidden, weight, this.recurrentBias as Tensor1D | undefined, { residual }); // [B,4*S]
    const [i, f, g, o] = split(gates, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const memory = add(mul(sigmoid(f), cell as Tensor2D), mul(sigmoid(i), tanh(g))) as Tensor2D;
    return { hidden: mul(sigmoid(o), tanh(memory)), cell: memory };
  }
}
