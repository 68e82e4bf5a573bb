import {
  concat,
  matMul,
  pad,
  reshape,
  slice,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tile,
  transpose,
} from "@tensorflow/tfjs-core";
import { carry, scope } from "@attention-lab/tensors";

/**
 * y[b,h,i] = sum_j w[h,j] v[b,h,i+j-p], p = (size - 1) / 2, zeros outside: one odd filter w [KH,size] per head along the positions of v
 * [B,KH,M,D]. As matrix products, a block of positions at a time with a banded matrix: TensorFlow.js' own depthwise convolution has no
 * gradient on every backend, and a sum of shifted copies would read v `size` times.
 */
export function depthwiseConvolution(v: Tensor4D, w: Tensor2D): Tensor4D {
  const [batch, heads, length, width] = v.shape;
  const around = w.shape[1] - 1;
  const block = blockOf(w.shape[1]);
  const blocks = Math.ceil(length / block);
  const columns = batch * width;
  const windows = () => {
    const inBlocks = blocked(v, { block, blocks: blocks + 1, before: around / 2 });
    return carry(inBlocks, (whole): Tensor4D => {
      const own = slice(whole, [0, 0, 0, 0], [heads, block, blocks, columns]);
      const next = slice(whole, [0, 0, 1, 0], [heads, around, blocks, columns]);
      return concat([own, next], 1); // [KH,block+size-1,blocks,columns]
    });
  };
  return scope("depthwiseConvolution", () => {
    const made = carry(windows(), (seen): Tensor4D => {
      const products = matMul(band(w, block), reshape(seen, [heads, block + around, blocks * columns]));
      return reshape(products, [heads, block, blocks, columns]);
    });
    const inOrder = carry(made, (made): Tensor4D => transpose(made, [0, 2, 1, 3])); // [KH,blocks,block,columns]
    const rows = slice(reshape(inOrder, [heads, blocks * block, columns]), [0, 0, 0], [heads, length, columns]);
    return transpose(reshape(rows, [heads, length, batch, width]), [2, 0, 1, 3]); // [B,KH,M,D]
  });
}

/** Positions that one product makes: at least as many as the filter reaches, so that a block needs no more than the block after it. */
export function blockOf(size: number): number {
  return Math.max(64, size - 1);
}

/** v [B,KH,M,D], `before` zeros in front and as many behind as fill the blocks -> [KH,block,blocks,B*D]. */
function blocked(
  v: Tensor4D,
  { block, blocks, before }: { readonly block: number; readonly blocks: number; readonly before: number },
): Tensor4D {
  const [batch, heads, length, width] = v.shape;
  const behind = blocks * block - length - before;
  const filled = carry(transpose(v, [1, 2, 0, 3]), (rows): Tensor4D =>
    pad(rows, [
      [0, 0],
      [before, behind],
      [0, 0],
      [0, 0],
    ]),
  );
  return carry(filled, (rows): Tensor4D =>
    transpose(reshape(rows, [heads, blocks, block, batch * width]), [0, 2, 1, 3]),
  );
}

/** [KH,block,block+size-1]: row s holds the filter from column s on. Rows one longer than the matrix's, laid end to end, shift by one a row. */
function band(w: Tensor2D, block: number): Tensor3D {
  const [heads, size] = w.shape;
  const width = block + size - 1;
  const period = pad(w, [
    [0, 0],
    [0, width + 1 - size],
  ]);
  return reshape(slice(tile(period, [1, block]), [0, 0], [heads, block * width]), [heads, block, width]);
}
