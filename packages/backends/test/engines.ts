import { describeEngines, type Engine, loadEngine } from "@attention-lab/kernels";
import { engine as tensorEngine, memory, setBackend, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { registerEngine } from "../src/register.ts";

export type Operation = keyof Engine;

/** The engines that run on this machine; the suites below run once for each. */
export const engineNames = (await describeEngines()).filter(({ available }) => available).map(({ name }) => name);

/** An engine that notes which of its operations were called. */
function recording(engine: Engine, called: Set<Operation>): Engine {
  return new Proxy(engine, {
    get(target, key: Operation) {
      const value = target[key];
      if (typeof value !== "function" || key === "allocate" || key === "release") {
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (...values: unknown[]): unknown => {
        called.add(key);
        return Reflect.apply(value, target, values);
      };
    },
  });
}

interface Answer {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: number[];
}

async function on(backend: string, body: () => Tensor | Tensor[]): Promise<Answer[]> {
  await setBackend(backend);
  const before = memory().numTensors;
  const tensors = tidy(() => [body()].flat());
  const answers = tensors.map((x) => ({ shape: x.shape, dtype: x.dtype, values: Array.from(x.dataSync()) }));
  for (const x of tensors) x.dispose();
  expect(memory().numTensors, `${backend}: live tensors`).toBe(before);
  return answers;
}

/** How far values lie apart, in units of the largest expected one. */
function distance(got: readonly number[], want: readonly number[]): number {
  const scale = want.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return want.reduce((worst, value, i) => {
    const apart = Math.abs((got[i] ?? Number.NaN) - value) / scale;
    return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(worst, apart);
  }, 0);
}

export interface Comparison {
  /** Starts the engine and registers its backend. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The same computation on the engine and on the stock cpu backend; the engine must have run `uses`, or nothing at all for "stock". */
  readonly agree: (body: () => Tensor | Tensor[], uses: Operation | "stock") => Promise<void>;
}

export function comparison(name: Engine["name"], tolerance = 2e-5): Comparison {
  const called = new Set<Operation>();
  let liveAfterStop = 0;
  return {
    async start() {
      liveAfterStop = memory().numTensors;
      registerEngine(recording(await loadEngine(name), called));
    },
    async stop() {
      await setBackend("cpu");
      expect(memory().numTensors).toBe(liveAfterStop);
      expect(tensorEngine().backendName).toBe("cpu");
    },
    async agree(body, uses) {
      const want = await on("cpu", body);
      called.clear();
      const got = await on(`attn-${name}`, body);
      if (uses === "stock") expect([...called]).toEqual([]);
      else expect([...called]).toContain(uses);
      expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
        want.map(({ shape, dtype }) => ({ shape, dtype })),
      );
      want.forEach(({ values }, i) => expect(distance(got[i]?.values ?? [], values)).toBeLessThan(tolerance));
    },
  };
}
