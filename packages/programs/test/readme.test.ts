import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { approximationError } from "../src/index.ts";

beforeAll(() => setBackend("cpu"));

test("the README's example runs", async () => {
  const resolved = approximationError.resolve({
    attention: { name: "performer", features: 64, map: "positive", orthogonal: true },
    length: 128,
    spread: 0.4,
  });
  if ("because" in resolved) throw new RangeError(resolved.because);
  const { signal } = new AbortController();
  const context = { seed: 1, report() {}, save() {}, resume: undefined, directory: ".", signal };
  const metrics = await approximationError.run(resolved.parameters, context);
  expect(Object.keys(metrics)).toEqual(["meanSquaredError", "relativeError"]);
  expect(metrics["relativeError"]).toBeLessThan(0.5);
});
