import type { Variable } from "@tensorflow/tfjs-core";
import { invalid } from "@attention-lab/tensors";

/**
 * Where layers meet that share one length projection (sharing "layerwise"): the first layer built makes the matrix,
 * the others find it here. All of them list it among their parameters, so a trainer must count each variable once.
 */
export interface SharedProjection {
  /** The matrix [maxLength, rank]; made by `initial` where there is none yet. */
  take(shape: readonly [number, number], initial: () => Variable): Variable;
}

/** An empty holder; give the same one to every layer's options. */
export function sharedProjection(): SharedProjection {
  let matrix: Variable | undefined;
  return {
    take(shape, initial) {
      if (matrix === undefined || matrix.isDisposed) matrix = initial();
      if (matrix.shape.join() !== shape.join()) {
        const [length, rank] = shape;
        throw invalid(
          "linformer attention",
          `layers that share a projection need one shape, here [${length},${rank}]`,
          matrix.shape,
        );
      }
      return matrix;
    },
  };
}
