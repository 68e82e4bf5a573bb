import { add, clone, relu, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { invalid, project, scope, withGradient } from "@attention-lab/tensors";
import { hasKernel, runFused } from "./fused-kernel.ts";
import { gelu } from "./gelu.ts";
import type { Activation } from "./kernel-names.ts";

export interface LinearOptions {
  readonly activation?: Activation | undefined;
  /** Added after the activation; shape of the result. */
  readonly residual?: Tensor | undefined;
}

/** activation(x w + b) + residual: x [...,I], w [I,O], b [O] -> [...,O]. Throws a RangeError when shapes disagree. */
export function linear(x: Tensor, w: Tensor2D, b?: Tensor1D, { activation, residual }: LinearOptions = {}): Tensor {
  check(x, w, b, residual);
  if (!hasKernel("FusedLinear")) return scope("linear", () => composed(x, w, b, { activation, residual }));
  // The kernel saves no room for both, so that its gradient needs one rule only.
  if (activation !== undefined && residual !== undefined) {
    return scope("linear", () => add(fusedActivation(x, w, b, activation), residual));
  }
  return activation === undefined ? fused(x, w, b, residual) : fusedActivation(x, w, b, activation);
}

function composed(x: Tensor, w: Tensor2D, b: Tensor1D | undefined, { activation, residual }: LinearOptions): Tensor {
  const product = project(x, w);
  const biased = b === undefined ? product : add(product, b);
  const activated = activation === undefined ? biased : activate(biased, activation);
  return residual === undefined ? activated : add(activated, residual);
}

function activate(x: Tensor, activation: Activation): Tensor {
  if (activation === "relu") return relu(x);
  return gelu(x, activation === "geluErf" ? "erf" : "tanh");
}

function fused(x: Tensor, w: Tensor2D, b: Tensor1D | undefined, residual: Tensor | undefined): Tensor {
  const optional = { ...(b === undefined ? {} : { b }), ...(residual === undefined ? {} : { residual }) };
  const hasBias = b !== undefined;
  const hasResidual = residual !== undefined;
  return withGradient([x, w, ...Object.values(optional)], (save) => {
    const [y = x] = runFused("FusedLinear", { x, w, ...optional }, {});
    save([x, w]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, w] = saved as [Tensor, Tensor];
        const gradients = runFused("FusedLinearGrad", { x, w, dy }, { hasBias });
        return hasResidual ? [...gradients, clone(dy)] : gradients;
      },
    };
  });
}

function fusedActivation(x: Tensor, w: Tensor2D, b: Tensor1D | undefined, activation: Activation): Tensor {
  const optional = b === undefined ? {} : { b };
  const hasBias = b !== undefined;
  return withGradient([x, w, ...Object.values(optional)], (save) => {
    const [y, pre] = runFused("FusedLinear", { x, w, ...optional }, { activation }) as [Tensor, Tensor];
    save([x, w, pre]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, w, pre] = saved as [Tensor, Tensor, Tensor];
        return runFused("FusedLinearGrad", { x, w, pre, dy }, { activation, hasBias });
      },
    };
  });
}

function check(x: Tensor, w: Tensor2D, b: Tensor1D | undefined, residual: Tensor | undefined): void {
  const [inputs, outputs] = w.shape;
  if (x.shape.at(-1) !== inputs) throw invalid("linear", `x must be [...,${inputs}]`, x.shape);
  if (b !== undefined && (b.rank !== 1 || b.shape[0] !== outputs))
    throw invalid("linear", `b must be [${outputs}]`, b.shape);
  const wanted = [...x.shape.slice(0, -1), outputs].join(",");
  if (residual !== undefined && residual.shape.join(",") !== wanted) {
    throw invalid("linear", `residual must be [${wanted}]`, residual.shape);
  }
}
