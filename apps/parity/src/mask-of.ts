import { ones, sub, tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import type { GoldenCase } from "./golden-case.ts";

/** Mask tensors stay on the host side of a case: read them as [B, M] zeros and ones. */
export function maskOf(case_: GoldenCase, name: string, invert = false): Tensor2D | undefined {
  const found = case_.tensors[name];
  if (found === undefined) return undefined;
  const mask = tensor(Float32Array.from(found.values), found.shape as [number, number]) as Tensor2D;
  return invert ? sub(ones(mask.shape), mask) : mask;
}
