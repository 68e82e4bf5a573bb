import { eluPlusOne, randomFeatures, type RandomFeaturesAttributes } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import { grads, mul, sum, type Tensor, tensor2d, type Tensor2D, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { comparison, engineNames } from "./engines.ts";

/** The value and the gradient of a weighted sum of it. */
function valueAndGradient(f: (x: Tensor) => Tensor, shape: number[]): Tensor[] {
  const x = randomNormal(1, shape);
  const value = f(x);
  return [value, ...grads((x: Tensor) => sum(mul(f(x), randomNormal(9, value.shape))))([x])];
}

const maps: RandomFeaturesAttributes[] = [
  ...(["row", "sequence", 2] as const).flatMap((bound) => [
    { map: "positive" as const, scale: 0.25, bound, epsilon: 1e-6 },
    { map: "trigonometric" as const, scale: 0.25, bound, epsilon: 0 },
  ]),
  { map: "relu", scale: 0.25, bound: 0, epsilon: 1e-3 },
];

describe.each(engineNames)("feature maps on the %s engine equal their compositions", (name) => {
  const { agree, start, stop } = comparison(name, 1e-4);
  beforeAll(start);
  afterAll(stop);

  describe.each([false, true])("padding %s", (padded) => {
    test.each(maps)("$map, bound $bound", (attrs) => {
      const body = () =>
        tidy(() => {
          const w = randomNormal(2, [20, 13]) as Tensor2D;
          const keyPadding = tensor2d(
            Array.from({ length: 2 * 60 }, (_, i) => Number(i < 41)),
            [2, 60],
          );
          const options = { ...attrs, constantDirections: true, ...(padded && { keyPadding }) };
          return valueAndGradient((x) => randomFeatures(x as Tensor4D, w, options), [2, 3, 60, 13]);
        });
      return agree(body, "randomFeaturesGradient");
    });
  });

  test("elu + 1", () => agree(() => valueAndGradient(eluPlusOne, [7, 301]), "unaryGradient"));
});
