import { memory, type Scalar, sum, type Tensor4D, variable, variableGrads } from "@tensorflow/tfjs-core";
import { countLeaks, scope } from "@attention-lab/tensors";
import type { Check, Verdict } from "./finding.ts";
import { release, toTensor } from "./grid.ts";
import { callOf, inputsFor, sitesOf, causally, type Subject, withBuilt } from "./subject.ts";

const length = 6;

/** No tensor outlives a call, and a build keeps only what the mechanism declares. */
export function leakChecks(subject: Subject): Check[] {
  return [
    { name: "build keeps no undeclared tensor", run: () => undeclared(subject) },
    ...sitesOf(subject).map((site) => ({
      name: `no leaked tensor, ${causally(site)}`,
      run: () =>
        withBuilt(subject, site, async ({ mechanism, parameters }): Promise<Verdict> => {
          const inputs = inputsFor(site, length);
          const forward = countLeaks(() => scope("testkit leak", () => void mechanism.attend(callOf(inputs))));
          const backward = countLeaks(() => {
            const v = scope("testkit variable", () => variable(toTensor(inputs.v)));
            scope("testkit leak", () => {
              const loss = () => sum(mechanism.attend({ ...callOf(inputs), v: v as Tensor4D })) as Scalar;
              variableGrads(loss, [v, ...Object.values(mechanism.parameters)]);
            });
            release([v]);
          });
          const { weights } = mechanism;
          const shown =
            weights === undefined ? 0 : countLeaks(() => scope("testkit leak", () => void weights(callOf(inputs))));
          return {
            ok: forward === 0 && backward === 0 && shown === 0,
            detail: `attend leaves ${forward}, its gradient ${backward}, weights ${shown} tensors (${Object.keys(parameters).length} parameters)`,
          };
        }),
    })),
  ];
}

async function undeclared({ attention, site }: Subject): Promise<Verdict> {
  const before = memory().numTensors;
  const { parameters, constants = {} } = attention.build(site);
  const gained = memory().numTensors - before;
  const declared = [...Object.values(parameters), ...Object.values(constants)];
  release(declared);
  return {
    ok: gained === declared.length,
    detail: `build keeps ${gained} tensors and declares ${declared.length} (parameters and constants)`,
  };
}
