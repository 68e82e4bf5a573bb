import type { Cost, Lengths, Site } from "@attention-lab/attention";
import { blockOf } from "./depthwise-convolution.ts";
import type { NystromformerOptions } from "./nystromformer.ts";

/**
 * Two attentions over L landmarks, the landmarks among themselves, four products of L x L an iteration, Z times the summary, and a multiply-add for
 * each entry of the filter; softmaxes, means and the blocks that the convolution fills up are not counted. A call with padding takes its
 * means by a matrix: 2 B L n (H + KH) D operations more.
 */
export function nystromformerCost(options: NystromformerOptions, site: Site, lengths: Lengths): Cost {
  const { iterations = 6, convolution: size = 0 } = options;
  const { heads, keyValueHeads, headDim, valueDim } = site;
  const { batch, queries, keys } = lengths;
  const count = Math.min(options.landmarks, keys);
  const attending = heads * count * (queries + keys) * (headDim + valueDim);
  const among = heads * count * count * (headDim + 4 * iterations * count + valueDim);
  const convolving = keyValueHeads * keys * valueDim * size;
  return {
    flops: 2 * batch * (attending + among + convolving),
    peakBytes: 4 * batch * peakNumbers(options, site, lengths),
    parameters: keyValueHeads * size,
    stateBytes: 0,
  };
}

/** Numbers alive at the peak, per batch row: the largest of the stages, each on top of what the stages before it left. */
function peakNumbers(options: NystromformerOptions, site: Site, { queries, keys }: Lengths): number {
  const { heads, keyValueHeads, headDim, valueDim } = site;
  const count = Math.min(options.landmarks, keys);
  const means = (of: number) => of * count * headDim;
  const copied = keyValueHeads === heads ? 0 : 1;
  const convolved = options.convolution === undefined ? 0 : keyValueHeads * keys * valueDim;
  const output = heads * queries * valueDim;

  // Segments of two sizes are sliced apart before their means, and joined after.
  const sliced = (of: number) => (keys % count === 0 ? means(of) : of * keys * headDim + 2 * means(of));
  const landmarks = Math.max(sliced(heads), means(heads) + sliced(keyValueHeads));
  // The kernel of the landmarks, the iterate, and the eleven stages of an iteration.
  const inverting = heads * 13 * count ** 2 + 2 * means(heads) + copied * means(keyValueHeads);
  const attending = heads * count * (headDim + valueDim) + output + heads * queries;
  const adding = convolved === 0 ? 0 : (1 + copied) * output;
  return Math.max(
    convolving(options, site, keys),
    convolved + Math.max(landmarks, inverting, attending, output + adding),
  );
}

/** The values in blocks, and twice their windows: once in parts, once joined. */
function convolving({ convolution: size }: NystromformerOptions, site: Site, keys: number): number {
  if (size === undefined) return 0;
  const block = blockOf(size);
  const blocks = Math.ceil(keys / block);
  return site.keyValueHeads * site.valueDim * ((blocks + 1) * block + 2 * blocks * (block + size - 1));
}
