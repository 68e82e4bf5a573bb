import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { invalid, scope, withGradient } from "@attention-lab/tensors";
import { composedRandomFeatures } from "./composed-random-features.ts";
import { hasKernel, runFused } from "./fused-kernel.ts";
import type { RandomFeaturesAttributes } from "./kernel-names.ts";

export interface RandomFeatureOptions extends RandomFeaturesAttributes {
  /** [B,L], 1 = a real row: padding takes no part in a maximum over the sequence. */
  readonly keyPadding?: Tensor2D;
  /** The projection has no gradient. Only then does a backend's kernel run; a trained projection takes the composition. */
  readonly constantDirections?: boolean;
}

/**
 * Random features of x [B,H,L,D] for directions w_r, the rows of `projection` [F,D], with u_r = w_r.x sqrt(scale) and
 * h = |x|^2 scale / 2 (Choromanski et al. 2021, section 2.3 and lemma 1; Rahimi and Recht 2007):
 *
 * - `positive`: (exp(u - h - bound) + epsilon) / sqrt(F), the bound a maximum of u;
 * - `trigonometric`: exp(h - bound) [cos u, sin u] / sqrt(F), the bound a maximum of h; h is cut at 60 under a constant one;
 * - `relu`: max(0, u) + epsilon.
 *
 * Maxima are constants of the differentiation, and so are the directions where `constantDirections` says so. [B,H,L,F], trigonometric [B,H,L,2F].
 */
export function randomFeatures(x: Tensor4D, projection: Tensor2D, options: RandomFeatureOptions): Tensor4D {
  check(x, projection, options);
  if (options.constantDirections !== true || !hasKernel("RandomFeatures")) {
    return scope("randomFeatures", () => composedRandomFeatures(x, projection, options)) as Tensor4D;
  }
  const { map, scale, bound, epsilon, keyPadding } = options;
  const attrs = { map, scale, bound, epsilon };
  return withGradient<Tensor4D>([x], (save) => {
    const padding = keyPadding === undefined ? {} : { keyPadding };
    const [y = x] = runFused("RandomFeatures", { x, projection, ...padding }, attrs) as Tensor4D[];
    save([x, projection, y, ...(keyPadding === undefined ? [] : [keyPadding])]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, projection, y, keyPadding] = saved as [Tensor, Tensor, Tensor, Tensor?];
        const padding = keyPadding === undefined ? {} : { keyPadding };
        return runFused("RandomFeaturesGrad", { x, projection, y, dy, ...padding }, attrs);
      },
    };
  });
}

function check(x: Tensor4D, projection: Tensor2D, { scale, keyPadding }: RandomFeatureOptions): void {
  const [batch, , length, width] = x.shape;
  if (projection.rank !== 2 || projection.shape[1] !== width) {
    throw invalid("randomFeatures", `projection must be [F,${width}]`, projection.shape);
  }
  if (!(scale > 0)) throw invalid("randomFeatures", "scale must be above 0", scale);
  if (keyPadding !== undefined && keyPadding.shape.join() !== `${batch},${length}`) {
    throw invalid("randomFeatures", `keyPadding must be [${batch},${length}]`, keyPadding.shape);
  }
}
