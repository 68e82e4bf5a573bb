import { div, max, maximum, mul, reshape, sub, sum, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import { carry, matMulHeads, scope } from "@attention-lab/tensors";

/**
 * Whose largest column sum starts the iteration: that of each matrix (the paper's Lemma 1), or the largest of the whole batch and all heads
 * (the authors' code and Hugging Face's), which couples batch rows and heads.
 */
export type Initialisation = "per-matrix" | "per-batch";

/**
 * Iterated pseudo-inverse of row-stochastic matrices A [B,H,L,L], not negative (Xiong et al. 2021, Lemma 1, after Razavi et al. 2014):
 * Z_0 = A^T / (|A|_1 |A|_inf), Z_(j+1) = Z_j (13 I - A Z_j (15 I - A Z_j (7 I - A Z_j))) / 4. Rows of A sum to 1, so |A|_inf is 1; rows and columns
 * of zeros (landmarks that do not exist) stay zeros. Four products of L x L an iteration. Gradients flow through all of it.
 */
export function pseudoInverse(
  a: Tensor4D,
  { iterations, initialisation }: { readonly iterations: number; readonly initialisation: Initialisation },
): Tensor4D {
  return scope("pseudoInverse", () => {
    let z = scope("initial", () => initial(a, initialisation));
    for (let iteration = 0; iteration < iterations; iteration++) z = carry(z, (current) => improved(a, current));
    return z;
  });
}

function initial(a: Tensor4D, initialisation: Initialisation): Tensor4D {
  const columns = sum(a, 2); // [B,H,L]
  const largest = initialisation === "per-matrix" ? max(columns, 2, true) : max(columns); // [B,H,1] or []
  // At least 1 wherever there is a landmark: the bound only keeps 0 / 0 from a matrix of no landmarks.
  const norm = maximum(largest, 0.5);
  const flipped = transpose(a, [0, 1, 3, 2]);
  return div(flipped, initialisation === "per-matrix" ? reshape(norm, [...norm.shape, 1]) : norm) as Tensor4D;
}

/** Multiplied out from the inside, so that no identity matrix is needed. */
function improved(a: Tensor4D, z: Tensor4D): Tensor4D {
  const az = matMulHeads(a, z);
  const inner: Tensor4D = sub(mul(az, 7), matMulHeads(az, az)); // A Z (7 I - A Z)
  const outer: Tensor4D = sub(mul(az, 15), matMulHeads(az, inner)); // A Z (15 I - ...)
  return mul(sub(mul(z, 13), matMulHeads(z, outer)), 0.25) as Tensor4D;
}
