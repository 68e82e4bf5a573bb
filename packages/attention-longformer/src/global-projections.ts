import {
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { Site } from "@attention-lab/attention";
import { parameter, type Parameters } from "@attention-lab/nn";
import { linear } from "@attention-lab/ops";
import { deriveSeed, invalid, randomUniform } from "@attention-lab/tensors";

type Role = "query" | "key" | "value";

/**
 * The projections of global queries, q_g, k_g and v_g (Beltagy et al. 2020, section 3.1): weights [dModel, heads * headDim], uniform in
 * +-sqrt(6 / (inputs + outputs)), and biases of 0. The paper starts them from the local ones: `initialiseGlobalFromLocal`.
 */
export function globalProjections(site: Site): Parameters {
  const { dModel, seed } = site;
  if (dModel === undefined) {
    throw invalid(
      "longformer attention",
      "global tokens need the width of the layer's input, dModel, at the site",
      dModel,
    );
  }
  return Object.fromEntries(
    (["query", "key", "value"] as const).flatMap((role) => {
      const outputs = headsOf(role, site) * widthOf(role, site);
      const limit = Math.sqrt(6 / (dModel + outputs));
      const weight = parameter(() => randomUniform(deriveSeed(seed, "global", role), [dModel, outputs], -limit, limit));
      return [
        [`global.${role}.weight`, weight],
        [`global.${role}.bias`, parameter(() => zeros([outputs]))],
      ];
    }),
  );
}

/** x [B,L,dModel] -> [B,H,L,D] through one of the global projections (KH heads for key and value, width Dv for value). */
export function projectGlobal(role: Role, x: Tensor3D, parameters: Parameters, site: Site): Tensor4D {
  const [batch, length] = x.shape;
  const weight = parameters[`global.${role}.weight`] as Tensor2D;
  const bias = parameters[`global.${role}.bias`] as Tensor1D;
  const flat = linear(x, weight, bias); // [B,L,H*D]
  return transpose(reshape(flat, [batch, length, headsOf(role, site), widthOf(role, site)]), [0, 2, 1, 3]) as Tensor4D;
}

function headsOf(role: Role, { heads, keyValueHeads }: Site): number {
  return role === "query" ? heads : keyValueHeads;
}

function widthOf(role: Role, { headDim, valueDim }: Site): number {
  return role === "value" ? valueDim : headDim;
}

const globalName = /^(.*)mechanism\.global\.((?:query|key|value)\.(?:weight|bias))$/;

/**
 * Gives every global projection the values of the local one beside it, as the paper starts them from a pretrained model. Takes the
 * parameters of a layer or of a whole model: `mechanism.global.query.weight` is read from `query.weight` under the same prefix. A global bias
 * whose local layer has none keeps its zeros.
 *
 * @throws RangeError when a global weight has no local one, or there is no global projection at all.
 */
export function initialiseGlobalFromLocal(parameters: Parameters): void {
  const who = "initialiseGlobalFromLocal";
  let found = 0;
  for (const [name, target] of Object.entries(parameters)) {
    const [, prefix, rest] = globalName.exec(name) ?? [];
    if (prefix === undefined || rest === undefined) continue;
    found++;
    const source = parameters[`${prefix}${rest}`];
    if (source !== undefined) target.assign(source);
    else if (rest.endsWith("weight"))
      throw invalid(who, `${name} needs ${prefix}${rest} beside it`, Object.keys(parameters));
  }
  if (found === 0) throw invalid(who, "parameters must hold mechanism.global.*", Object.keys(parameters));
}
