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
import { permutation, scope } from "@attention-lab/tensors";
import { type Check, type Verdict, worst } from "./finding.ts";
import { compare, type Grid, gridOf, normalGrid, release, toTensor } from "./grid.ts";
import type { OracleCall } from "./oracle.ts";
import {
  batch,
  type Built,
  callOf,
  causally,
  type Inputs,
  inputsFor,
  oracleCall,
  sitesOf,
  type Subject,
  withBuilt,
} from "./subject.ts";

const step = 1e-5;
const mostCoordinates = 48;

/** Gradients of q, k, v, the layer's input and every parameter, against central differences of the oracle in float64. */
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
        const call = oracleCall(built, inputs);
        const verdicts: Verdict[] = [];
        for (const [what, gradient] of Object.entries(got))
          verdicts.push(againstOracle(subject, call, what, gradient, cotangent));
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

function againstOracle(
  { oracle, gradient }: Subject,
  call: OracleCall,
  what: string,
  got: Grid,
  cotangent: Grid,
): Verdict {
  const size = got.values.length;
  const places =
    size <= mostCoordinates
      ? Array.from({ length: size }, (_, i) => i)
      : [...permutation(11, size)].slice(0, mostCoordinates);
  const loss = (nudge: number, place: number) => {
    const nudged = { ...valuesAt(call, what), values: Float64Array.from(valuesAt(call, what).values) };
    nudged.values[place] = (nudged.values[place] ?? 0) + nudge;
    const output = oracle(withValues(call, what, nudged));
    return output.values.reduce((total, value, index) => total + value * (cotangent.values[index] ?? 0), 0);
  };
  const want = places.map((place) => (loss(step, place) - loss(-step, place)) / (2 * step));
  const sampled = places.map((place) => got.values[place] ?? Number.NaN);
  return compare(
    `gradient of ${what}`,
    { shape: [places.length], values: Float64Array.from(sampled) },
    { shape: [places.length], values: Float64Array.from(want) },
    gradient,
  );
}

function isInput(what: string): what is "q" | "k" | "v" | "input" {
  return what === "q" || what === "k" || what === "v" || what === "input";
}

function valuesAt(call: OracleCall, what: string): Grid {
  const grid = isInput(what) ? call[what] : call.parameters[what];
  if (grid === undefined) throw new RangeError(`testkit: gradients must be of inputs or parameters, got "${what}"`);
  return grid;
}

function withValues(call: OracleCall, what: string, grid: Grid): OracleCall {
  return isInput(what) ? { ...call, [what]: grid } : { ...call, parameters: { ...call.parameters, [what]: grid } };
}
