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
import { attentionShape, type Case, type Contestant } from "./contestant.ts";

/** Our operations on one of our engines, through TensorFlow.js, as a user calls them: allocation and tape included. */
export async function ourEngine(name: "native" | "wasm"): Promise<Contestant> {
  const { tfBackend, instructionSet } = await useBackend(name);
  return {
    name: `${name} ${instructionSet ?? ""}`.trim(),
    async time(of) {
      await setBackend(tfBackend);
      return of.kind === "gemm" ? timeGemm(of) : timeAttention(of);
    },
    close() {},
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

async function timeAttention({ length, causal, backward }: Extract<Case, { kind: "attention" }>): Promise<number> {
  const { batch, heads, headDim } = attentionShape;
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
