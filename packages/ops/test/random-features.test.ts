import { setBackend, type Tensor2D, tensor2d, type Tensor4D, tidy, zeros } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { checkOperation, normalInput, tensorOf } from "../../tensors/test/check-operation.ts";
import { eluPlusOne, randomFeatures, type RandomFeaturesAttributes } from "../src/index.ts";
import { onBothPaths } from "./both-paths.ts";
import * as reference from "./random-features-reference.ts";

const shape = [2, 2, 5, 4];
const directions = 6;
const projection = normalInput(2, directions, 4);
const w = Float64Array.from(projection.values);
const keyPadding = [1, 0, 1, 1, 0, 0, 0, 0, 0, 0];
const cases: RandomFeaturesAttributes[] = [
  ...(["row", "sequence", 0.5] as const).flatMap((bound) => [
    { map: "positive" as const, scale: 0.5, bound, epsilon: 0.01 },
    { map: "trigonometric" as const, scale: 0.5, bound, epsilon: 0 },
  ]),
  { map: "relu", scale: 0.5, bound: 0, epsilon: 0.01 },
];

describe("randomFeatures", () => {
  onBothPaths(["RandomFeatures", "RandomFeaturesGrad"], () => {
    describe.each([false, true])("padding %s", (padded) => {
      it.each(cases)("$map, bound $bound: equals the definition, maxima held", (attrs) => {
        const setting = { ...attrs, shape, directions, ...(padded && { keyPadding }) };
        const input = normalInput(1, ...shape);
        const bounds = reference.boundsOf(setting, Float64Array.from(input.values), w);
        checkOperation(
          [input],
          (x) =>
            tidy(() => {
              const padding = padded ? { keyPadding: tensor2d(keyPadding, [2, 5]) } : {};
              return randomFeatures(x as Tensor4D, tensorOf(projection) as Tensor2D, {
                ...attrs,
                ...padding,
                constantDirections: true,
              });
            }),
          (x) => reference.randomFeatures(setting, x!, w, bounds),
        );
      });
    });
  });

  it("has a gradient by the directions unless they are constants", async () => {
    await setBackend("cpu");
    const attrs = { map: "relu", scale: 0.5, bound: 0, epsilon: 0.01 } as const;
    const x = normalInput(1, ...shape);
    checkOperation(
      [x, projection],
      (x, w) => randomFeatures(x as Tensor4D, w as Tensor2D, attrs),
      (a, b) => reference.randomFeatures({ ...attrs, shape, directions }, a!, b!),
    );
  });

  describe("refusals", () => {
    beforeAll(async () => {
      await setBackend("cpu");
    });
    const x: Tensor4D = zeros([1, 1, 2, 3]);
    const options = { map: "relu", scale: 1, bound: 0, epsilon: 0 } as const;
    it("names what does not fit", () => {
      expect(() => randomFeatures(x, zeros([4, 2]), options)).toThrow("randomFeatures: projection must be [F,3], got");
      expect(() => randomFeatures(x, zeros([4, 3]), { ...options, scale: 0 })).toThrow("scale must be above 0, got 0");
      expect(() => randomFeatures(x, zeros([4, 3]), { ...options, keyPadding: zeros([1, 3]) })).toThrow(
        "keyPadding must be [1,2], got",
      );
    });
  });
});

describe("eluPlusOne", () => {
  onBothPaths(["EluPlusOne", "EluPlusOneGrad"], () => {
    it("is x + 1 above 0 and exp(x) below, with the gradient min(value, 1)", () => {
      const wanted = (x?: Float64Array) => Array.from(x!, (value) => (value > 0 ? value + 1 : Math.exp(value)));
      checkOperation([normalInput(1, 3, 7)], (x) => eluPlusOne(x), wanted);
    });
  });
});
