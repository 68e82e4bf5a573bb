import {
  cast,
  gather,
  getBackend,
  getKernel,
  matMul,
  oneHot,
  reshape,
  unsortedSegmentSum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { invalid, withGradient } from "@attention-lab/tensors";

/**
 * Rows of a table by number: table [V,D], ids int32 [...] -> [...,D]. The gradient sums over repeated ids; on backends without
 * UnsortedSegmentSum (stock WebAssembly), where stock `gather` has no gradient at all, it goes through a one-hot product.
 */
export function embeddingLookup(table: Tensor2D, ids: Tensor): Tensor {
  if (ids.dtype !== "int32") throw invalid("embeddingLookup", "ids must be int32", ids.dtype);
  const [rows, width] = table.shape;
  return withGradient([table], (save) => {
    save([ids]);
    return {
      value: gather(table, ids),
      gradient: (dy, saved) => {
        const flat = reshape(saved[0] ?? ids, [-1]) as Tensor1D;
        return [summed(reshape(dy, [-1, width]), flat, rows)];
      },
    };
  });
}

function summed(dy: Tensor2D, ids: Tensor1D, rows: number): Tensor {
  if (getKernel("UnsortedSegmentSum", getBackend()) != null) return unsortedSegmentSum(dy, ids, rows);
  return matMul(cast(oneHot(ids, rows), "float32") as Tensor2D, dy, true, false);
}
