import type { Verdict } from "./finding.ts";
import { compare, type Grid, normalGrid, sliceGrid, type Tolerance } from "./grid.ts";
import { attend, batch, type Built, type Inputs } from "./subject.ts";

/** What can be said of outputs without a definition to hold them against: their shape, that they are numbers, and that batch rows do not mix. */
export async function sound(built: Built, inputs: Inputs, tolerance: Tolerance): Promise<Verdict> {
  const output = await attend(built, inputs);
  const [, heads = 0, queries = 0] = inputs.q.shape;
  const shape = [batch, heads, queries, built.site.valueDim];
  if (output.shape.join() !== shape.join()) {
    return { ok: false, detail: `output: shape must be [${shape.join()}], got [${output.shape.join()}]` };
  }
  const wrong = output.values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) return { ok: false, detail: `output: element ${wrong} is ${output.values[wrong]}` };
  const other = await attend(built, withOtherLastRow(inputs));
  return compare(
    "first row beside another second row",
    sliceGrid(other, 0, 0, 1),
    sliceGrid(output, 0, 0, 1),
    tolerance,
  );
}

/** The last row of the batch replaced by other numbers. */
function withOtherLastRow(inputs: Inputs): Inputs {
  return {
    ...inputs,
    q: otherLastRow(inputs.q),
    k: otherLastRow(inputs.k),
    v: otherLastRow(inputs.v),
    input: otherLastRow(inputs.input),
  };
}

function otherLastRow({ shape, values }: Grid): Grid {
  const others = normalGrid(77, shape).values;
  const first = (values.length / batch) * (batch - 1);
  return { shape, values: values.map((value, index) => (index < first ? value : (others[index] ?? 0))) };
}
