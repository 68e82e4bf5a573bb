import { add, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { Dropout, type Phase } from "@attention-lab/nn";
import { deriveSeed } from "@attention-lab/tensors";
import { makeNorm, type Norm } from "./make-norm.ts";
import type { BlockOptions, NormPlace } from "./options.ts";

/** A part of a block; it adds `residual`, where given, to its own output. */
export type Branch = (x: Tensor3D, residual?: Tensor3D) => Tensor;

/** The residual connection, norm and dropout around a branch f: pre-norm x + f(norm(x)), post-norm norm(x + f(x)). */
export class ResidualBranch {
  readonly norm: Norm;
  readonly #dropout: Dropout;
  readonly #place: NormPlace;

  constructor(role: string, options: BlockOptions) {
    const { name, dModel, norm, dropout: rate, seed } = options;
    const label = `${role}Dropout`;
    this.norm = makeNorm(`${name}.${role}Norm`, dModel, options);
    this.#dropout = new Dropout({ name: `${name}.${label}`, rate, seed: deriveSeed(seed, label) });
    this.#place = norm;
  }

  apply(x: Tensor3D, phase: Phase, branch: Branch): Tensor3D {
    const input = this.#place === "pre" ? (this.norm.call(x) as Tensor3D) : x;
    const drops = phase.training === true && this.#dropout.rate > 0;
    // Where nothing is dropped, the branch's last projection adds the residual in its own kernel.
    const total = drops ? add(x, this.#dropout.call(branch(input), phase)) : branch(input, x);
    return (this.#place === "post" ? this.norm.call(total) : total) as Tensor3D;
  }
}
