import type { Case, DecoderShape } from "./contestant.ts";

const decoder: DecoderShape = {
  name: "4 layers, d 256, length 256, batch 8",
  layers: 4,
  dModel: 256,
  heads: 4,
  feedForward: 1024,
  vocabulary: 512,
  length: 256,
  batch: 8,
  warmups: 3,
  repeats: 1,
};
const tiny: DecoderShape = {
  ...decoder,
  name: "tiny: 2 layers, d 64, length 64, batch 4",
  layers: 2,
  dModel: 64,
  feedForward: 256,
  length: 64,
  batch: 4,
  warmups: 200,
  repeats: 20,
};
const big: DecoderShape = {
  ...decoder,
  name: "big: 4 layers, d 512, length 512, batch 4",
  dModel: 512,
  heads: 8,
  feedForward: 2048,
  length: 512,
  batch: 4,
  warmups: 2,
};

const attention = (length: number, headDim?: number): Case[] =>
  [false, true].flatMap((causal) =>
    [false, true].map((backward): Case => {
      const width = headDim === undefined ? {} : { headDim };
      return { kind: "attention", length, causal, backward, ...width };
    }),
  );
const gemm = (m: number, n: number, k: number): Case => ({ kind: "gemm", m, n, k });
const decode = (shape: DecoderShape): Case => {
  const { layers, dModel, length } = shape;
  const name = `${length - 1} tokens, ${layers} layers, d ${dModel}`;
  return { ...shape, kind: "decode", name, batch: 1, warmups: 1, repeats: 1 };
};

/** The cases of each bench; `quick` is what CI runs, so that none of them rots. */
export const suites: Readonly<Record<string, { readonly all: readonly Case[]; readonly quick: readonly Case[] }>> = {
  attention: {
    all: [
      ...[512, 2048, 4096, 8192, 16384].flatMap((length) => attention(length)),
      ...[32, 128].flatMap((d) => attention(2048, d)),
    ],
    quick: attention(256),
  },
  gemm: {
    all: [
      gemm(1024, 1024, 1024),
      gemm(2048, 256, 256),
      gemm(2048, 1024, 256),
      gemm(2048, 256, 1024),
      gemm(2048, 512, 256),
      gemm(256, 64, 64),
      gemm(1, 1024, 256),
    ],
    quick: [gemm(256, 256, 256), gemm(1, 1024, 256)],
  },
  train: {
    all: [tiny, decoder, big].map((shape): Case => ({ ...shape, kind: "train" })),
    quick: [{ ...tiny, kind: "train", warmups: 20 }],
  },
  decode: {
    all: [decode(tiny), decode(decoder)],
    quick: [decode({ ...tiny, length: 32 })],
  },
};
