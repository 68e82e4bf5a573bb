import {
  mul,
  sum,
  type Scalar,
  type Tensor3D,
  type Tensor4D,
  variable,
  variableGrads,
  type Variable,
} from "@tensorflow/tfjs-core";
import { scope } from "@attention-lab/tensors";
import { againstDifferences } from "./differences.ts";
import { type Check, type Verdict, worst } from "./finding.ts";
import { type Grid, gridOf, normalGrid, release, toTensor } from "./grid.ts";
import {
  batch,
  type Built,
  callOf,
  causally,
  type Inputs,
  inputsFor,
  sitesOf,
  type Subject,
  withBuilt,
} from "./subject.ts";

/** Gradients of q, k, v, the layer's input and every parameter, against central differences. */
export function gradientChecks(subject: Subject): Check[] {
  const { attention, options } = subject;
  return sitesOf(subject).flatMap((site) => {
    const name = `gradients, ${causally(site)}`;
    const inputs = inputsFor(site, 7);
    const checks = [check(subject, name, site, inputs)];
    if (attention.supports.keyPadding === true) {
      checks.push(check(subject, `${name}, with padding`, site, { ...inputs, keyPadding: paddingOf([7, 4], 7) }));
    }
    if (options.globals !== undefined && !site.causal) {
      const long = inputsFor(site, 13);
      checks.push(check(subject, `${name}, with global tokens`, site, { ...long, globals: options.globals }));
    }
    return checks;
  });
}

/** [rows,keys]: the first `real[b]` keys of row b are real. */
export function paddingOf(real: readonly number[], keys: number): Grid {
  return gridOf([real.length, keys], (index) => (index % keys < (real[Math.floor(index / keys)] ?? 0) ? 1 : 0));
}

function check(subject: Subject, name: string, site: Subject["site"], inputs: Inputs): Check {
  return {
    name,
    run: () =>
      withBuilt(subject, site, async (built) => {
        const queries = inputs.q.shape[2] ?? 0;
        const cotangent = normalGrid(99, [batch, site.heads, queries, site.valueDim]);
        const got = await gradients(built, inputs, cotangent);
        const verdicts: Verdict[] = [];
        for (const [what, gradient] of Object.entries(got))
          verdicts.push(await againstDifferences(subject, built, inputs, { what, gradient, cotangent }));
        return worst(verdicts);
      }),
  };
}

/** Gradients of sum(output * cotangent) by name; zero where the output does not depend on the tensor. */
async function gradients(built: Built, inputs: Inputs, cotangent: Grid): Promise<Record<string, Grid>> {
  const { mechanism } = built;
  const own = (["q", "k", "v", "input"] as const).map((name) => [name, variableOf(inputs[name])] as const);
  const [q, k, v, input] = own.map(([, each]) => each) as [Variable, Variable, Variable, Variable];
  const named: (readonly [string, Variable])[] = [...own, ...Object.entries(mechanism.parameters)];
  const taken = scope("testkit gradients", () => {
    const call = {
      ...callOf(inputs),
      q: q as Tensor4D,
      k: k as Tensor4D,
      v: v as Tensor4D,
      input: () => input as Tensor3D,
    };
    const loss = () => sum(mul(mechanism.attend(call), toTensor(cotangent))) as Scalar;
    return variableGrads(
      loss,
      named.map(([, each]) => each),
    ).grads;
  });
  const grids: Record<string, Grid> = {};
  for (const [name, each] of named) {
    const gradient = taken[each.name];
    grids[name] =
      gradient === undefined
        ? gridOf(each.shape, () => 0)
        : { shape: each.shape, values: Float64Array.from(await gradient.data()) };
  }
  release([...Object.values(taken), ...own.map(([, each]) => each)]);
  return grids;
}

function variableOf(grid: Grid): Variable {
  return scope("testkit variable", () => variable(toTensor(grid)));
}
