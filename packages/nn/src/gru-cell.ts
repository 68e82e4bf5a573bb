import { add, mul, sigmoid, slice, split, sub, tanh, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { type CellOptions, type CellState, RecurrentCell } from "./recurrent-cell.ts";

export interface GruCellOptions extends CellOptions {
  /**
   * Where the reset gate r acts. "afterProduct" (unless given; PyTorch, and Keras' reset_after=True): n = tanh(x W + b + r (h U + d)), one
   * product a step. "beforeProduct" (Cho et al. 2014, eq. 8; Keras' reset_after=False): n = tanh(x W + b + (r h) U + d), two products.
   */
  readonly reset?: "afterProduct" | "beforeProduct";
}

/**
 * Gated recurrent unit (Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder", section 2.3): h' = (1 - z) n + z h with
 * sigmoid gates r (reset) and z (update), in PyTorch's order r, z, n. Cho's z is this one; Bahdanau et al. 2015 call 1 - z by that name.
 */
export class GruCell extends RecurrentCell {
  readonly reset: "afterProduct" | "beforeProduct";

  constructor({ reset = "afterProduct", ...options }: GruCellOptions) {
    super(options, { gates: 3, stateNames: ["hidden"] });
    this.reset = reset;
  }

  protected next(projected: Tensor2D, { hidden }: CellState): CellState {
    const { update, candidate } =
      this.reset === "afterProduct" ? this.#after(projected, hidden) : this.#before(projected, hidden);
    return { hidden: add(candidate, mul(update, sub(hidden, candidate))) }; // = (1 - z) n + z h
  }

  #after(projected: Tensor2D, hidden: Tensor2D) {
    const weight = this.recurrentWeight as Tensor2D;
    const product = linear(hidden, weight, this.recurrentBias as Tensor1D | undefined); // [B,3*S]
    const { units } = this;
    const [ofInput, newOfInput] = split(projected, [2 * units, units], 1) as [Tensor2D, Tensor2D];
    const [ofState, newOfState] = split(product, [2 * units, units], 1) as [Tensor2D, Tensor2D];
    const [reset, update] = split(sigmoid(add(ofInput, ofState)), 2, 1) as [Tensor2D, Tensor2D];
    return { update, candidate: tanh(add(newOfInput, mul(reset, newOfState))) as Tensor2D };
  }

  #before(projected: Tensor2D, hidden: Tensor2D) {
    const { units } = this;
    const part = (begin: number, width: number) => ({
      weight: slice(this.recurrentWeight as Tensor2D, [0, begin], [units, width]),
      bias: this.recurrentBias && slice(this.recurrentBias as Tensor1D, [begin], [width]),
    });
    const [gates, fresh] = [part(0, 2 * units), part(2 * units, units)];
    const [residual, newOfInput] = split(projected, [2 * units, units], 1) as [Tensor2D, Tensor2D];
    const summed = linear(hidden, gates.weight, gates.bias, { residual });
    const [reset, update] = split(sigmoid(summed), 2, 1) as [Tensor2D, Tensor2D];
    const candidate = linear(mul(reset, hidden), fresh.weight, fresh.bias, { residual: newOfInput });
    return { update, candidate: tanh(candidate) as Tensor2D };
  }
}
