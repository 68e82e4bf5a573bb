import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RelativeTerms } from "@attention-lab/ops";
import type { Site } from "./contract.ts";

/** The site's tables as `patternAttention` takes them; undefined where the site has none. */
export function relativeTerms({ relative }: Site): RelativeTerms | undefined {
  if (relative === undefined) return undefined;
  const { clip, keys, values, sides } = relative;
  return { clip, keys: keys as Tensor2D, values: values as Tensor2D | undefined, sides };
}
