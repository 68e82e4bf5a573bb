import type { TrialConfig } from "@attention-lab/results/store";
import { add, dispose } from "@tensorflow/tfjs-core";
import { makeInputs } from "./inputs.ts";
import { buildMechanism, measuredCall } from "./measured-call.ts";
import { lengthsOf, siteOf } from "./site.ts";
import { readTrial } from "./any-variant.ts";
import { stepCost } from "./step-cost.ts";
import { timeCalls } from "./timing.ts";
import type { Calibration } from "./trial-cost.ts";

/** A call that takes so long tells the rate; a slow backend needs no longer sequence. */
const tellingSeconds = 0.004;
const lengths = [64, 128, 256, 512];
const repeats = 5;
const smallCalls = 200;

const layer: Omit<TrialConfig, "length"> = {
  variant: "full",
  options: { implementation: "fused" },
  version: 1,
  phase: "step",
  causal: false,
  batch: 1,
  heads: 4,
  headDim: 64,
  backend: "here",
  engine: "here",
  threads: 1,
  precision: "float32",
  warmups: 1,
  repeats,
  seed: 0,
};

/**
 * Measures the current backend in a fraction of a second: the operations per second of a step of full attention, and what a call costs that computes next
 * to nothing. `startSeconds` is what the caller saw from the start of a process to a backend that is ready, as a trial's process will see it.
 */
export async function calibrate(startSeconds: number): Promise<Calibration> {
  const residentBytes = process.memoryUsage.rss();
  const callSeconds = await secondsOfSmallCall();
  let operationsPerSecond = 0;
  for (const length of lengths) {
    const { seconds, operations } = await attentionStep({ ...layer, length });
    operationsPerSecond = operations / seconds;
    if (seconds >= tellingSeconds) break;
  }
  return { operationsPerSecond, callSeconds, startSeconds, residentBytes };
}

/** The fastest of some steps: whatever else the machine does makes them slower, never faster. */
async function attentionStep(config: TrialConfig): Promise<{ seconds: number; operations: number }> {
  const inputs = makeInputs(config);
  const mechanism = buildMechanism(config);
  const call = measuredCall(config, mechanism, inputs);
  await timeCalls(call, 1);
  let seconds = Infinity;
  for (let repeat = 0; repeat < repeats && (repeat === 0 || seconds < 0.1); repeat++) {
    seconds = Math.min(seconds, await timeCalls(call, 1));
  }
  dispose([...Object.values(inputs), ...Object.values(mechanism.parameters)]);
  const forward = readTrial(config).attention.cost(siteOf(config), lengthsOf(config));
  return { seconds, operations: stepCost(forward, config).flops };
}

async function secondsOfSmallCall(): Promise<number> {
  const inputs = makeInputs({ ...layer, length: 1, heads: 1, headDim: 1 });
  const call = { inputs, run: () => [add(inputs.q, inputs.k)] };
  await timeCalls(call, smallCalls);
  const seconds = (await timeCalls(call, smallCalls)) / smallCalls;
  dispose(Object.values(inputs));
  return seconds;
}
