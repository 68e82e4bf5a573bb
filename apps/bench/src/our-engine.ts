import {
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  type Variable,
  dispose,
  matMul,
  setBackend,
  variable,
} from "@tensorflow/tfjs-core";
import { useBackend } from "@attention-lab/backends";
import { patternAttention } from "@attention-lab/ops";
import { randomNormal, valueAndGradients } from "@attention-lab/tensors";
import { attentionShape, type Case, type Contestant, type DecoderCase } from "./contestant.ts";
import { type MadeDecoder, makeDecoder, timeDecoder } from "./our-decoder.ts";
import { residentOf } from "./resident.ts";

export type EngineName = "native" | "wasm" | "stock-wasm";

/** Beyond 4096 positions stock WebAssembly runs out of memory, and its gradients of a step lack kernels. */
const stockLengths = [512, 2048, 4096];

/**
 * Operations on one backend, through TensorFlow.js, as a user calls them: allocation and tape included. On stock WebAssembly
 * attention is composed of stock operations.
 */
export async function ourEngine(name: EngineName): Promise<Contestant> {
  const { tfBackend, instructionSet } = await useBackend(name);
  let made: { of: DecoderCase; decoder: MadeDecoder } | undefined;
  const free = () => {
    made?.decoder.dispose();
    made = undefined;
  };
  return {
    name: `${name} ${instructionSet ?? ""}`.trim(),
    covers: (of) => name !== "stock-wasm" || (of.kind === "attention" && stockLengths.includes(of.length)),
    async time(of) {
      await setBackend(tfBackend);
      if (of.kind === "gemm") return timeGemm(of);
      if (of.kind === "attention") return timeAttention(of);
      if (made?.of !== of) {
        free();
        made = { of, decoder: makeDecoder(of) };
        for (let i = 0; i < of.warmups; i++) await made.decoder.run();
      }
      return timeDecoder(made.decoder, of.repeats);
    },
    resident: (of) => residentOf(name, of),
    close: free,
  };
}

async function timeGemm({ m, n, k }: Extract<Case, { kind: "gemm" }>): Promise<number> {
  const [a, b] = [randomNormal(1, [m, k]) as Tensor2D, randomNormal(2, [k, n]) as Tensor2D];
  dispose(matMul(a, b)); // moves both operands to the engine's memory
  const started = performance.now();
  const c = matMul(a, b);
  const seconds = (performance.now() - started) / 1000;
  dispose([a, b, c]);
  return seconds;
}

type AttentionCase = Extract<Case, { kind: "attention" }>;

async function timeAttention({ length, causal, backward, ...rest }: AttentionCase): Promise<number> {
  const { batch, heads } = attentionShape;
  const { headDim = attentionShape.headDim } = rest;
  const inputs = [1, 2, 3].map((seed) => owned(randomNormal(seed, [batch, heads, length, headDim])));
  const [q, k, v] = inputs as unknown as [Tensor4D, Tensor4D, Tensor4D];
  const cotangent = randomNormal(4, [batch, heads, length, headDim]);
  const attend = () => patternAttention({ q, k, v }, { pattern: { causal }, scale: headDim ** -0.5, queryOffset: 0 });
  const once = (): Tensor[] => {
    if (!backward) return [attend()];
    const { value, gradients } = valueAndGradients(attend, inputs, cotangent);
    return [value, ...(gradients as Tensor[])];
  };
  dispose(once()); // moves the inputs to the engine's memory
  const started = performance.now();
  const results = once();
  const seconds = (performance.now() - started) / 1000;
  dispose([...inputs, cotangent, ...results]);
  return seconds;
}

function owned(initial: Tensor): Variable {
  const held = variable(initial);
  initial.dispose();
  return held;
}
