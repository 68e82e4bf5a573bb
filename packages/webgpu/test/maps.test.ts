import { eluPlusOne, randomFeatures, type RandomFeaturesAttributes } from "@attention-lab/ops";
import { randomNormal } from "@attention-lab/tensors";
import { mul, type Tensor2D, tensor2d, type Tensor4D } from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { agree, differentiated, onAdapter } from "./on-adapter.ts";

/** The second row has no real position, the others lose their last third. */
function paddingOf(batch: number, length: number): Tensor2D {
  const real = (b: number): number => (b === 1 ? 0 : Math.ceil((2 * length) / 3));
  return tensor2d(
    Array.from({ length: batch }, (_, b) => Array.from({ length }, (_, i) => (i < real(b) ? 1 : 0))),
    [batch, length],
  );
}

const maps: RandomFeaturesAttributes[] = [
  ...(["row", "sequence", 0.5] as const).flatMap((bound) => [
    { map: "positive" as const, scale: 0.25, bound, epsilon: 0.01 },
    { map: "trigonometric" as const, scale: 0.25, bound, epsilon: 0 },
  ]),
  { map: "relu", scale: 0.25, bound: 0, epsilon: 0.01 },
  { map: "relu", scale: 0.25, bound: 0, epsilon: 0 },
];

onAdapter("maps of features by our kernels equal their compositions", () => {
  describe.each([
    [[1, 1, 1, 4], 6],
    [[3, 2, 37, 16], 70],
  ])("x %j, %i directions", (shape, directions) => {
    describe.each([false, true])("padding %s", (padded) => {
      test.each(maps)("$map, bound $bound, epsilon $epsilon", (attrs) => {
        const [batch = 1, , length = 1, width = 1] = shape;
        return agree(() => {
          const projection = randomNormal(2, [directions, width]) as Tensor2D;
          const padding = padded ? { keyPadding: paddingOf(batch, length) } : {};
          const options = { ...attrs, ...padding, constantDirections: true };
          return differentiated((x) => randomFeatures(x as Tensor4D, projection, options), [randomNormal(1, shape)]);
        });
      });
    });
  });

  test("waves of large norm are cut, and have no gradient there", () =>
    agree(() => {
      const projection = randomNormal(2, [8, 4]) as Tensor2D;
      const options = { map: "trigonometric", scale: 1, bound: 50, epsilon: 0, constantDirections: true } as const;
      return differentiated(
        (x) => randomFeatures(x as Tensor4D, projection, options),
        [mul(randomNormal(1, [1, 1, 9, 4]), 8)],
      );
    }, 1e-4));

  test.each([[[1]], [[3, 5, 70]]])("eluPlusOne on %j", (shape) =>
    agree(() => differentiated((x) => eluPlusOne(x), [mul(randomNormal(1, shape), 3)]), 1e-5),
  );
});
