import { at, gridOf, type Grid, type Oracle, type OracleCall, softmaxOracle } from "@attention-lab/attention/testkit";

/** Linformer in float64: keys and values contracted with E and F over their positions, then softmax over the rank rows. */
export const oracle: Oracle = (call) => {
  const keys = matrixOf(call, "key");
  const values = matrixOf(call, "value");
  const { keyPadding: _padding, ...rest } = call;
  return softmaxOracle({ ...rest, k: contracted(call, call.k, keys), v: contracted(call, call.v, values) }, () => true);
};

function matrixOf({ parameters }: OracleCall, role: "key" | "value"): Grid {
  const matrix = parameters["projection"] ?? parameters[`${role}.projection`];
  if (matrix === undefined) throw new RangeError(`oracle: there must be a projection of ${role}s, got none`);
  return matrix;
}

function contracted({ keyPadding }: OracleCall, x: Grid, e: Grid): Grid {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  const rank = e.shape.at(-1) ?? 0;
  return gridOf([batch, heads, rank, width], (index) => {
    const d = index % width;
    const r = Math.floor(index / width) % rank;
    const h = Math.floor(index / (width * rank)) % heads;
    const b = Math.floor(index / (width * rank * heads));
    let sum = 0;
    for (let j = 0; j < length; j++) {
      const real = keyPadding === undefined ? 1 : at(keyPadding, b, j);
      sum += real * (e.shape.length === 2 ? at(e, j, r) : at(e, h, j, r)) * at(x, b, h, j, d);
    }
    return sum;
  });
}
