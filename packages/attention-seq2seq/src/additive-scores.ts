import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { carry, withGradient } from "@attention-lab/tensors";

/** Most numbers of the hidden layer that exist at once: queries are taken a chunk at a time, so that no N x M x A tensor is made. */
const mostHidden = 2 ** 20;

/** How many queries are scored at a time against M keys through a hidden layer of A, over `rows` heads and batch rows together. */
export function chunkOf(rows: number, keys: number, units: number): number {
  return Math.max(1, Math.floor(mostHidden / (rows * keys * units)));
}

/**
 * scores[h,b,i,j] = v_h . tanh(q[h,b,i] + k[h,b,j]) of projected queries [H,B,N,A] and keys [H,B,M,A] and a vector per head v [H,A]
 * -> [H,B,N,M]. Time O(N M A). Memory O(N M) and a chunk; the backward pass makes each chunk's tanh again instead of keeping it.
 */
export function additiveScores(q: Tensor4D, k: Tensor4D, v: Tensor2D): Tensor4D {
  return withGradient<Tensor4D>([q, k, v], (save) => {
    save([q, k, v]);
    let scores: Tensor4D[] = [];
    for (const part of chunks(q, k)) {
      scores = carry(scores, (made) => [...made, scoresOf(rowsOf(q, part), k, v)]);
    }
    return {
      value: concat(scores, 2),
      gradient: (dy, saved) => gradients(dy, saved as [Tensor4D, Tensor4D, Tensor2D]),
    };
  });
}

interface Part {
  readonly begin: number;
  readonly size: number;
}

function chunks(q: Tensor4D, k: Tensor4D): Part[] {
  const [heads, batch, queries, units] = q.shape;
  const most = chunkOf(heads * batch, k.shape[2], units);
  return Array.from({ length: Math.ceil(queries / most) }, (_, i) => ({
    begin: i * most,
    size: Math.min(most, queries - i * most),
  }));
}

/** [H,B,N,W] -> [H,B,C,W]. */
function rowsOf(x: Tensor4D, { begin, size }: Part): Tensor4D {
  const [heads, batch, , width] = x.shape;
  return slice(x, [0, 0, begin, 0], [heads, batch, size, width]);
}

/** tanh(q + k), [H,B*C*M,A]: the hidden layer of every pair. */
function hidden(q: Tensor4D, k: Tensor4D): Tensor3D {
  const [heads, batch, queries, units] = q.shape;
  const keys = k.shape[2];
  const pairs = add(reshape(q, [heads * batch, queries, 1, units]), reshape(k, [heads * batch, 1, keys, units])); // [H*B,C,M,A]
  return reshape(tanh(pairs), [heads, batch * queries * keys, units]);
}

function scoresOf(q: Tensor4D, k: Tensor4D, v: Tensor2D): Tensor4D {
  const [heads, batch, queries, units] = q.shape;
  return reshape(matMul(hidden(q, k), reshape(v, [heads, units, 1])), [heads, batch, queries, k.shape[2]]);
}

/** With t = tanh(q + k): dt = dy v (1 - t^2), summed over keys for dq and over queries for dk; dv = sum dy t. */
function gradients(dy: Tensor4D, [q, k, v]: [Tensor4D, Tensor4D, Tensor2D]): Tensor[] {
  const [heads, batch, , units] = q.shape;
  const keys = k.shape[2];
  let state: { dq: Tensor4D[]; dk: Tensor; dv: Tensor } = { dq: [], dk: zerosLike(k), dv: zerosLike(v) };
  for (const part of chunks(q, k)) {
    state = carry(state, ({ dq, dk, dv }) => {
      const pairs = hidden(rowsOf(q, part), k); // [H,B*C*M,A]
      const dScores = reshape(rowsOf(dy, part), [heads, batch * part.size * keys, 1]) as Tensor3D;
      const dHidden = mul(matMul(dScores, reshape(v, [heads, 1, units])), sub(1, square(pairs)));
      const byPair = reshape(dHidden, [heads * batch, part.size, keys, units]);
      return {
        dq: [...dq, reshape(sum(byPair, 2), [heads, batch, part.size, units]) as Tensor4D],
        dk: add(dk, reshape(sum(byPair, 1), k.shape)),
        dv: add(dv, reshape(matMul(pairs, dScores, true), v.shape)),
      };
    });
  }
  return [concat(state.dq, 2), state.dk, state.dv];
}
