import { parseOptions, type UnscoredPosition } from "@attention-lab/attention";
import { invalid, positiveInteger, project, scope } from "@attention-lab/tensors";
import { add, mul, tensor2d, type Tensor4D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { angles } from "./frequencies.ts";
import { checkRange } from "./position-range.ts";
import { definePosition, type PositionSite } from "./position-variant.ts";
import { ropeFrequencies, type RopeScaling, ropeScalingSchema } from "./rope-scaling.ts";

/** Which channels form a plane: `interleaved` 2c with 2c+1 (the paper, GPT-J); `half` c with c + rotated/2 (GPT-NeoX, LLaMA). */
const pairings = ["interleaved", "half"] as const;
export type RopePairing = (typeof pairings)[number];

const schema = z.strictObject({
  base: z.number().positive().default(10000),
  pairing: z.enum(pairings).default("interleaved"),
  fraction: z.number().positive().max(1).default(1),
  scaling: ropeScalingSchema.exactOptional(),
});
export interface RopeOptions {
  readonly base: number;
  readonly pairing: RopePairing;
  /** Part of the head's channels that is rotated, the first ones; the others pass unchanged (GPT-J, GPT-NeoX). */
  readonly fraction: number;
  /** For sequences longer than those of training; absent, frequencies are the paper's. */
  readonly scaling?: RopeScaling;
}

const who = "rope position";

/** The number of rotated channels: a whole even number, since channels are rotated in pairs. */
function rotatedChannels(fraction: number, headDim: number): number {
  const exact = fraction * headDim;
  const rotated = Math.round(exact);
  if (Math.abs(exact - rotated) > 1e-6 || rotated % 2 === 1 || rotated === 0) {
    throw invalid(who, `fraction ${fraction} of headDim ${headDim} must be an even number of channels`, exact);
  }
  return rotated;
}

/** The two channels of plane `pair`. */
function channelsOf(pairing: RopePairing, pair: number, rotated: number): [first: number, second: number] {
  return pairing === "interleaved" ? [2 * pair, 2 * pair + 1] : [pair, pair + rotated / 2];
}

/**
 * The quarter turn J [headDim, headDim] with x J = (-y, x) on each plane (x, y) and 0 elsewhere, and the cosines and sines
 * [maxLength, headDim] of each channel's angle (1 and 0 for channels that pass unchanged), times YaRN's magnitude.
 */
function rotationTables(options: RopeOptions, headDim: number, maxLength: number) {
  const rotated = rotatedChannels(options.fraction, headDim);
  const pairs = rotated / 2;
  const quarterTurn = new Float32Array(headDim * headDim);
  const cosines = new Float32Array(maxLength * headDim).fill(1);
  const sines = new Float32Array(maxLength * headDim);
  const { frequencies, magnitude } = ropeFrequencies(who, { pairs, base: options.base }, options.scaling);
  const angle = angles(maxLength, frequencies);
  for (let pair = 0; pair < pairs; pair++) {
    const [first, second] = channelsOf(options.pairing, pair, rotated);
    quarterTurn[second * headDim + first] = -1;
    quarterTurn[first * headDim + second] = 1;
    for (let position = 0; position < maxLength; position++) {
      const theta = angle[position * pairs + pair] ?? 0;
      for (const channel of [first, second]) {
        cosines[position * headDim + channel] = magnitude * Math.cos(theta);
        sines[position * headDim + channel] = magnitude * Math.sin(theta);
      }
    }
  }
  return { quarterTurn, cosines, sines };
}

/**
 * Rotary position embedding (Su et al. 2021, eq. 15 and 34): each plane of query and key channels turns by
 * position * base^(-2c/rotated), so that q.k depends on the distance alone. No parameters. `scaling` changes the frequencies. A feature map applied after
 * the rotation (Performer, linear attention) loses that exact relativity.
 *
 * Computed as x cos + (x J) sin with a quarter turn J: one 2-D matrix product serves both pairings, and its gradient is
 * a matrix product too, where splitting and joining channels is slow on several backends.
 */
export const rope = definePosition({
  name: "rope",
  paper: "Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021",
  parse: (raw: unknown): RopeOptions => parseOptions(who, schema, raw),
  build(options: RopeOptions, { headDim, maxLength }: PositionSite): UnscoredPosition {
    positiveInteger(who, "headDim", headDim);
    positiveInteger(who, "maxLength", maxLength);
    const { quarterTurn, cosines, sines } = rotationTables(options, headDim, maxLength);
    return {
      name: "rope",
      parameters: {},
      rotate(x: Tensor4D, start: number): Tensor4D {
        const [, , length, width] = x.shape; // [B,H,N,D]
        if (width !== headDim) throw invalid(who, `the last axis must be headDim ${headDim}`, width);
        checkRange(who, start, length, maxLength);
        const rows = (table: Float32Array) =>
          tensor2d(table.subarray(start * headDim, (start + length) * headDim), [length, headDim]);
        return scope("rope", () => {
          const turned = project(x, tensor2d(quarterTurn, [headDim, headDim]));
          return add(mul(x, rows(cosines)), mul(turned, rows(sines)));
        });
      },
    };
  },
});
