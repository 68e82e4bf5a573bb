import { type Scalar, type Tensor, type Variable, addN, mul, sum, tensor, variable } from "@tensorflow/tfjs-core";
import { valueAndGradients } from "@attention-lab/tensors";
import type { Adapter, TensorProgram } from "./adapter.ts";
import { type Comparison, compare } from "./compare.ts";
import { ConfigReader, Deviates, NotCovered } from "./config-reader.ts";
import type { GoldenCase } from "./golden-case.ts";

export interface Outcome {
  readonly id: string;
  readonly feature: string;
  readonly status: "passed" | "failed" | "not covered" | "deviates";
  /** Why it is not covered, deviates or failed. */
  readonly because?: string;
  readonly comparisons: readonly Comparison[];
}

/** Runs one case through its feature's adapter; never throws. */
export async function runCase(golden: GoldenCase, adapter: Adapter | undefined): Promise<Outcome> {
  const { id, feature } = golden;
  const outcome = (status: Outcome["status"], because?: string, comparisons: Comparison[] = []): Outcome => ({
    id,
    feature,
    status,
    comparisons,
    ...(because === undefined ? {} : { because }),
  });
  if (adapter === undefined) return outcome("not covered", feature);
  const config = new ConfigReader(golden.config);
  try {
    const program = await adapter(config, golden);
    const unread = config.unread();
    if (unread.length > 0) return outcome("not covered", unread.join(", "));
    const comparisons =
      program.kind === "host"
        ? compareOutputs(golden, await program.run(), program.notOurs)
        : await compareProgram(golden, program);
    const misses = comparisons.filter(({ ratio }) => !(ratio <= 1));
    const worst = misses.map(({ name, ratio }) => `${name} is off by ${ratio.toPrecision(3)} times its tolerance`);
    return misses.length === 0
      ? outcome("passed", undefined, comparisons)
      : outcome("failed", worst.join("; "), comparisons);
  } catch (error) {
    if (error instanceof NotCovered) return outcome("not covered", error.message);
    if (error instanceof Deviates) return outcome("deviates", error.message);
    return outcome("failed", error instanceof Error ? error.message : String(error));
  }
}

function compareOutputs(
  golden: GoldenCase,
  got: Readonly<Record<string, ArrayLike<number>>>,
  notOurs: readonly string[],
): Comparison[] {
  return Object.entries(golden.tensors)
    .filter(([name, { role }]) => role === "output" && !notOurs.includes(name))
    .map(([name, want]) => compare(name, got[name] ?? [], want, golden.tolerance.forward));
}

async function compareProgram(golden: GoldenCase, program: TensorProgram): Promise<Comparison[]> {
  const variables = inputsOf(golden);
  assignBound(variables, program);
  const held = Object.entries(variables).map(([name, own]) => program.bound[name]?.variables ?? [own]);
  const cotangents = cotangentsOf(golden);
  const outputs: Record<string, Float32Array> = {};
  const kept: Record<string, Variable> = {};
  try {
    const { value, gradients } = valueAndGradients(() => {
      const made = program.run(variables);
      for (const [name, made_] of Object.entries(made)) kept[name] = variable(made_, false);
      const terms = Object.entries(cotangents).map(([name, cotangent]) => sum(mul(made[name] as Tensor, cotangent)));
      return (terms.length === 0 ? sum(Object.values(made)[0] as Tensor) : addN(terms)) as Scalar;
    }, held.flat());
    for (const [name, output] of Object.entries(kept)) outputs[name] = (await output.data()) as Float32Array;
    const comparisons = compareOutputs(golden, outputs, program.notOurs);
    for (const [i, name] of Object.keys(variables).entries()) {
      const want = golden.tensors[`grad.${name}`];
      const parts = gradients.splice(0, held[i]?.length) as Tensor[]; // in the order of held
      const got = parts.includes(undefined as never) ? undefined : (program.bound[name]?.golden(parts) ?? parts[0]);
      if (want !== undefined && golden.tolerance.gradient !== undefined) {
        comparisons.push(
          compare(
            `grad.${name}`,
            got === undefined ? zeros(want.values.length) : await got.data(),
            want,
            golden.tolerance.gradient,
          ),
        );
      }
      got?.dispose();
    }
    value.dispose();
    return comparisons;
  } finally {
    for (const owned of [...Object.values(variables), ...Object.values(cotangents), ...Object.values(kept)])
      owned.dispose();
  }
}

function assignBound(variables: Record<string, Variable>, { bound }: TensorProgram): void {
  for (const [name, { variables: ours, stored }] of Object.entries(bound)) {
    const given = variables[name];
    // A layer without biases: ours start at 0 and stay there.
    if (given === undefined) continue;
    for (const [i, values] of stored(given).entries()) ours[i]?.assign(values);
  }
}

const zeros = (length: number) => new Float32Array(length);

/** Real-valued inputs and parameters as variables; masks and ids stay with the adapter, which reads them on the host. */
function inputsOf({ tensors }: GoldenCase): Record<string, Variable> {
  const named = Object.entries(tensors).filter(
    ([name, { role, kind }]) =>
      (role === "input" || role === "parameter") && kind === "real" && !name.startsWith("cotangent"),
  );
  return Object.fromEntries(
    named.map(([name, { values, shape }]) => {
      const initial = tensor(Float32Array.from(values), [...shape], "float32");
      const held = variable(initial);
      initial.dispose();
      return [name, held];
    }),
  );
}

/** `cotangent` belongs to the only output, `cotangent.<output>` to a named one. */
function cotangentsOf({ tensors }: GoldenCase): Record<string, Tensor> {
  const outputs = Object.keys(tensors).filter((name) => tensors[name]?.role === "output");
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith("cotangent"))
      .map(([name, { values, shape }]) => [
        name === "cotangent" ? (outputs[0] as string) : name.slice("cotangent.".length),
        tensor(Float32Array.from(values), [...shape], "float32"),
      ]),
  );
}
