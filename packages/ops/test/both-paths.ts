import { setBackend } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { KernelName } from "../src/index.ts";
import { calls, registerReferenceKernels, unregisterReferenceKernels } from "./reference-kernels.ts";

/** Runs the same tests over the composition and over (reference) kernels, and checks that the second took the named kernels. */
export function onBothPaths(kernels: readonly KernelName[], body: () => void): void {
  describe("composed", () => {
    beforeAll(async () => {
      await setBackend("cpu");
    });
    body();
  });
  describe("by kernels", () => {
    beforeAll(async () => {
      await setBackend("cpu");
      registerReferenceKernels();
    });
    afterAll(() => {
      unregisterReferenceKernels();
      for (const kernel of kernels) expect(calls.get(kernel), `calls of ${kernel}`).toBeGreaterThan(0);
    });
    body();
  });
}
