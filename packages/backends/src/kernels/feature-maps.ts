import type { RandomFeaturesCall } from "@attention-lab/kernels";
import type { RandomFeaturesAttributes, RandomFeaturesInputs } from "@attention-lab/ops";
import type { EngineBackend } from "../engine-backend.ts";
import { fusedKernel, type Kernels } from "../kernel.ts";
import { at } from "../shapes.ts";

function callOf(
  { x, projection, keyPadding }: RandomFeaturesInputs,
  attrs: RandomFeaturesAttributes,
  backend: EngineBackend,
): Omit<RandomFeaturesCall, "y"> {
  return {
    batch: at(x.shape, 0),
    heads: at(x.shape, 1),
    length: at(x.shape, 2),
    width: at(x.shape, 3),
    directions: at(projection.shape, 0),
    ...attrs,
    x: backend.values(x),
    w: backend.values(projection),
    ...(keyPadding !== undefined && { padding: backend.values(keyPadding) }),
  };
}

/** Feature maps: random features, and elu(x) + 1. */
export const featureMapKernels: Kernels = {
  RandomFeatures: fusedKernel("RandomFeatures", (inputs, attrs, backend) => {
    const call = callOf(inputs, attrs, backend);
    const columns = attrs.map === "trigonometric" ? 2 * call.directions : call.directions;
    const y = backend.output([...inputs.x.shape.slice(0, 3), columns]);
    backend.engine.randomFeatures({ ...call, y: backend.values(y) });
    return [y];
  }),

  RandomFeaturesGrad: fusedKernel("RandomFeaturesGrad", (inputs, attrs, backend) => {
    const { x, y, dy } = inputs;
    const dx = backend.output(x.shape);
    backend.engine.randomFeaturesGradient({
      ...callOf(inputs, attrs, backend),
      y: backend.values(y),
      dy: backend.values(dy),
      dx: backend.values(dx),
    });
    return [dx];
  }),

  EluPlusOne: fusedKernel("EluPlusOne", ({ x }, _attrs, backend) => {
    const y = backend.output(x.shape);
    backend.engine.unary("eluPlusOne", backend.values(x), backend.values(y));
    return [y];
  }),

  EluPlusOneGrad: fusedKernel("EluPlusOneGrad", ({ y, dy }, _attrs, backend) => {
    const dx = backend.output(y.shape);
    backend.engine.unaryGradient("eluPlusOne", backend.values(y), backend.values(dy), backend.values(dx));
    return [dx];
  }),
};
