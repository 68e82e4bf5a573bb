import { permutation, scope } from "@attention-lab/tensors";
import type { Verdict } from "./finding.ts";
import { compare, type Grid, type Tolerance, toTensor } from "./grid.ts";
import type { OracleCall } from "./oracle.ts";
import { attend, type Built, type Inputs, oracleCall, type Subject } from "./subject.ts";

const mostCoordinates = 48;

/** Where a gradient is looked for: the output as a function of inputs and parameters, and how finely that function can be asked. */
interface Reference {
  readonly step: number;
  readonly tolerance: Tolerance;
  /** Share of coordinates that may differ. */
  readonly spare: number;
  output(call: OracleCall): Grid | Promise<Grid>;
}

interface Taken {
  readonly what: string;
  readonly gradient: Grid;
  readonly cotangent: Grid;
}

/** A gradient against central differences of the oracle in float64 or, without one, of the mechanism's own float32 outputs. */
export async function againstDifferences(
  subject: Subject,
  built: Built,
  inputs: Inputs,
  { what, gradient, cotangent }: Taken,
): Promise<Verdict> {
  const call = oracleCall(built, inputs);
  const reference = referenceOf(subject, built, inputs);
  const { step, tolerance, spare } = reference;
  const loss = async (nudge: number, place: number) => {
    const nudged = { ...valuesAt(call, what), values: Float64Array.from(valuesAt(call, what).values) };
    nudged.values[place] = (nudged.values[place] ?? 0) + nudge;
    const output = await reference.output(withValues(call, what, nudged));
    return output.values.reduce((total, value, index) => total + value * (cotangent.values[index] ?? 0), 0);
  };
  const verdicts: Verdict[] = [];
  for (const place of placesOf(gradient)) {
    const want = ((await loss(step, place)) - (await loss(-step, place))) / (2 * step);
    const got = gradient.values[place] ?? Number.NaN;
    verdicts.push(compare(`gradient of ${what}, element ${place}`, single(got), single(want), tolerance));
  }
  restore(built);
  const failed = verdicts.filter(({ ok }) => !ok);
  const [first] = failed;
  if (first !== undefined && failed.length > spare * verdicts.length) return first;
  return {
    ok: true,
    detail: `gradient of ${what}: ${verdicts.length - failed.length} of ${verdicts.length} elements agree`,
  };
}

function referenceOf({ oracle, gradient }: Subject, built: Built, inputs: Inputs): Reference {
  if (oracle !== undefined) return { step: 1e-5, tolerance: gradient, spare: 0, output: oracle };
  return {
    // Rounding of float32 outputs divided by the step is far below the tolerance; a map with a kink (ReLU) may have one within a step.
    step: 4e-3,
    tolerance: { relative: 0.03, absolute: 5e-3 },
    spare: 0.1,
    output({ q, k, v, input, parameters }) {
      assign(built, parameters);
      return attend(built, { ...inputs, q, k, v, input });
    },
  };
}

function assign({ mechanism }: Built, values: Readonly<Record<string, Grid>>): void {
  scope("testkit assign", () => {
    for (const [name, grid] of Object.entries(values)) mechanism.parameters[name]?.assign(toTensor(grid));
  });
}

function restore(built: Built): void {
  assign(built, built.parameters);
}

function placesOf({ values }: Grid): number[] {
  if (values.length <= mostCoordinates) return Array.from(values.keys());
  return [...permutation(11, values.length)].slice(0, mostCoordinates);
}

function single(value: number): Grid {
  return { shape: [1], values: Float64Array.of(value) };
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
