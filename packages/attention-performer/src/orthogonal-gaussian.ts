import { deriveSeed, normalValues, positiveInteger } from "@attention-lab/tensors";

/**
 * Random directions of FAVOR+, drawn on the host: rows w_1..w_F of a [rows, d] matrix. Both kinds have standard normal
 * marginals, so features of either are unbiased; orthogonal rows have the lower variance (Choromanski et al. 2021, theorem 2).
 */

/** Independent rows: [rows, d] standard normals, row-major. The same seed gives the same numbers on every machine. */
export function gaussian(seed: number, rows: number, d: number): Float32Array {
  positiveInteger("gaussian", "rows", rows);
  positiveInteger("gaussian", "d", d);
  return normalValues(deriveSeed(seed, "direction"), rows * d);
}

/**
 * Orthogonal rows in blocks of d (the last block may be cut): each block is a random orthonormal basis, made from normals
 * by Gram-Schmidt in float64, and each row is then given the norm of an independent d-dimensional Gaussian, which is
 * chi(d)-distributed (Choromanski et al. 2021, section 2.4). [rows, d], row-major.
 */
export function orthogonalGaussian(seed: number, rows: number, d: number): Float32Array {
  positiveInteger("orthogonalGaussian", "rows", rows);
  positiveInteger("orthogonalGaussian", "d", d);
  const norms = rowNorms(normalValues(deriveSeed(seed, "norm"), rows * d), d);
  const result = new Float32Array(rows * d);
  for (let first = 0, block = 0; first < rows; first += d, block++) {
    const basis = orthonormalBasis(normalValues(deriveSeed(seed, "block", block), d * d), d);
    const count = Math.min(d, rows - first);
    for (let r = 0; r < count; r++) {
      for (let c = 0; c < d; c++) result[(first + r) * d + c] = basis[r * d + c]! * norms[first + r]!;
    }
  }
  return result;
}

/** Gram-Schmidt over the rows of a [d, d] matrix; each row is orthogonalised twice, which keeps the products at rounding level. */
function orthonormalBasis(values: Float32Array, d: number): Float64Array {
  const basis = Float64Array.from(values);
  for (let r = 0; r < d; r++) {
    const row = basis.subarray(r * d, (r + 1) * d);
    for (let pass = 0; pass < 2; pass++) {
      for (let earlier = 0; earlier < r; earlier++) {
        const other = basis.subarray(earlier * d, (earlier + 1) * d);
        const along = dot(row, other);
        for (let c = 0; c < d; c++) row[c]! -= along * other[c]!;
      }
    }
    const norm = Math.sqrt(dot(row, row));
    for (let c = 0; c < d; c++) row[c]! /= norm;
  }
  return basis;
}

function rowNorms(values: Float32Array, d: number): Float64Array {
  return Float64Array.from({ length: values.length / d }, (_, r) => {
    const row = values.subarray(r * d, (r + 1) * d);
    return Math.sqrt(dot(row, row));
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
