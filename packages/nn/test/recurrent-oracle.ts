/** Recurrent cells written out for one row, in float64, from their papers: what the layers are checked against. */
type Vector = readonly number[];

/** A parameter by name, and its width. */
export interface Weights {
  readonly inputWeight: ArrayLike<number>; // [I,G*S]
  readonly inputBias: ArrayLike<number>; // [G*S]
  readonly recurrentWeight: ArrayLike<number>; // [S,G*S]
  readonly recurrentBias: ArrayLike<number>;
}
interface State {
  readonly hidden: Vector;
  readonly cell: Vector;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const at = (values: ArrayLike<number>, index: number) => values[index] ?? NaN;

/** Column `column` of v W + b. */
function affine(v: Vector, w: ArrayLike<number>, b: ArrayLike<number>, column: number): number {
  return v.reduce((sum, value, row) => sum + value * at(w, row * b.length + column), at(b, column));
}

/** The state after one step. */
export function oracleStep(kind: string, weights: Weights, x: Vector, { hidden, cell }: State): State {
  const units = hidden.length;
  const ofInput = (gate: number, unit: number) =>
    affine(x, weights.inputWeight, weights.inputBias, gate * units + unit);
  const ofState = (gate: number, unit: number, state = hidden) =>
    affine(state, weights.recurrentWeight, weights.recurrentBias, gate * units + unit);
  const gate = (index: number, unit: number) => ofInput(index, unit) + ofState(index, unit);
  const each = (of: (unit: number) => number) => hidden.map((_, unit) => of(unit));
  switch (kind) {
    case "tanh":
      return { hidden: each((u) => Math.tanh(gate(0, u))), cell };
    case "relu":
      return { hidden: each((u) => Math.max(0, gate(0, u))), cell };
    case "lstm": {
      const next = each((u) => sigmoid(gate(1, u)) * at(cell, u) + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
      return { hidden: each((u) => sigmoid(gate(3, u)) * Math.tanh(at(next, u))), cell: next };
    }
    default: {
      const reset = each((u) => sigmoid(gate(0, u)));
      const resetState = hidden.map((value, u) => value * at(reset, u));
      const candidate = (u: number) =>
        kind === "afterProduct"
          ? ofInput(2, u) + at(reset, u) * ofState(2, u)
          : ofInput(2, u) + ofState(2, u, resetState);
      return {
        hidden: each((u) => {
          const z = sigmoid(gate(1, u));
          return (1 - z) * Math.tanh(candidate(u)) + z * at(hidden, u);
        }),
        cell,
      };
    }
  }
}
