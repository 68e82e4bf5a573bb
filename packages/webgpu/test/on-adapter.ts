import { randomNormal, valueAndGradients } from "@attention-lab/tensors";
import { memory, setBackend, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import { startWebGPU } from "../src/index.ts";

/** What computes, or why nothing does. */
const found = await startWebGPU().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));

/** A suite that needs an adapter; skipped, with the reason in its name, where there is none. */
export function onAdapter(name: string, body: () => void): void {
  if (typeof found === "string") describe.skip(`${name} (skipped: ${found})`, body);
  else describe(`${name} on ${found.description}`, body);
}

interface Answer {
  readonly shape: number[];
  readonly values: number[];
}

/** Computes on a backend and reads; no tensor may be left but those that were there. */
export async function on(backend: string, body: () => Tensor | Tensor[]): Promise<Answer[]> {
  await setBackend(backend);
  const before = memory().numTensors;
  const tensors = tidy(() => [body()].flat());
  const answers: Answer[] = [];
  for (const x of tensors) answers.push({ shape: x.shape, values: Array.from(await x.data()) });
  for (const x of tensors) x.dispose();
  expect(memory().numTensors, `${backend}: live tensors`).toBe(before);
  return answers;
}

/** The value, and the gradients of its product with normal numbers. */
export function differentiated(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const cotangent = tidy(() => randomNormal(99, f(...inputs).shape));
  const { value, gradients } = valueAndGradients(() => f(...inputs), inputs, cotangent);
  return [value, ...gradients.filter((gradient) => gradient !== undefined)];
}

/** Holds what our kernels give against the composition on TensorFlow.js's cpu backend: absolute and relative tolerance together. */
export async function agree(body: () => Tensor | Tensor[], tolerance = 1e-4): Promise<void> {
  const want = await on("cpu", body);
  const got = await on("webgpu", body);
  expect(got.map(({ shape }) => shape)).toEqual(want.map(({ shape }) => shape));
  want.forEach(({ values }, i) => {
    const apart = values.map((value, j) => Math.abs(value - (got[i]?.values[j] ?? Number.NaN)) / (1 + Math.abs(value)));
    const worst = apart.reduce((most, x) => (x > most || Number.isNaN(x) ? x : most), 0);
    expect(worst, `output ${i}`).toBeLessThan(tolerance);
  });
}
