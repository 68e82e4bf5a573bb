import { memory, setBackend, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention, type MultiHeadAttentionOptions } from "@attention-lab/attention";
import { randomNormal, scope } from "@attention-lab/tensors";
import { afterEach, beforeAll, beforeEach, expect } from "vitest";
import { toy } from "./toy.ts";

let made: MultiHeadAttention[] = [];

/** For each test of the file: the cpu backend, the layers freed behind it, and no tensor left. */
export function tidyLayers(): void {
  let before = 0;
  beforeAll(async () => void (await setBackend("cpu")));
  beforeEach(() => void (before = memory().numTensors));
  afterEach(() => {
    for (const mha of made) for (const each of Object.values(mha.parameters())) each.dispose();
    made = [];
    expect(memory().numTensors, "live tensors after the test").toBe(before);
  });
}

/** Values of a tensor made in a scope. */
export function valuesOf(body: () => Tensor): number[] {
  let values: number[] = [];
  scope("test", () => void (values = Array.from(body().dataSync())));
  return values;
}

export const basic = { name: "mha", dModel: 8, heads: 2, maxLength: 32, seed: 3 } as const;
export type Able = MultiHeadAttentionOptions<ReturnType<typeof everything>["supports"]>;

/** The toy with the type of a variant that can do everything the tests ask for. */
export function everything(fault: Parameters<typeof toy>[0] = {}) {
  return toy(fault) as ReturnType<typeof toy> & {
    supports: Record<"causal" | "groupedQuery" | "dropout" | "scoreBias", true>;
  };
}

/** The layer under test; its parameters are freed behind the test. */
export function layer(options: Partial<Able> = {}): MultiHeadAttention {
  const mha = new MultiHeadAttention({
    ...basic,
    attention: everything(),
    ...options,
  } as Able) as unknown as MultiHeadAttention;
  return freed(mha);
}

/** Frees a layer behind the test. */
export function freed(mha: MultiHeadAttention): MultiHeadAttention {
  made.push(mha);
  return mha;
}

export const input = (length: number, seed = 1) => randomNormal(seed, [2, length, 8]) as Tensor3D;
