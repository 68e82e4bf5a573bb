import { concat, tanh, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { linear } from "@attention-lab/ops";
import { scope } from "@attention-lab/tensors";

/**
 * Luong's attentional vector (Luong et al. 2015, eq. 5): tanh(W_c [c; h]) of the context c [...,C] that the attention gives and the decoder
 * state h [...,S] -> [...,O], with weight [C+S,O] and an optional bias [O] (the paper has none).
 *
 * @throws RangeError where the weight's rows are not the widths of context and state together.
 */
export function attentionalVector(context: Tensor, state: Tensor, weight: Tensor2D, bias?: Tensor1D): Tensor {
  return scope("attentionalVector", () => tanh(linear(concat([context, state], -1), weight, bias)));
}
