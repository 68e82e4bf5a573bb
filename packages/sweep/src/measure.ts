import { loadavg } from "node:os";
import { gpuClock, peakBytes } from "@attention-lab/backends";
import type { Mechanism } from "@attention-lab/attention";
import type { TrialConfig } from "@attention-lab/results/store";
import { backend, dispose, memory, profile, type Tensor } from "@tensorflow/tfjs-core";
import { inputsBytes, inputsKey, makeInputs, type Inputs } from "./inputs.ts";
import { buildMechanism, finish, measuredCall, type MeasuredCall } from "./measured-call.ts";
import type { Timed, Weighed } from "./messages.ts";
import { Recent } from "./recent.ts";
import { mostResidentBytes } from "./resident-memory.ts";
import { timeCalls, warmUp } from "./timing.ts";

const mebibyte = 2 ** 20;
/** A call that takes longer than this is not made once more just to fill the caches. */
const settleSeconds = 0.25;

/** Times repeats of many trials in one process; inputs and mechanisms of recent trials are kept, within a budget. */
export class Timer {
  readonly #inputs = new Recent<Inputs>(256 * mebibyte, (inputs) => dispose(Object.values(inputs)));
  readonly #mechanisms = new Recent<Mechanism>(128 * mebibyte, ({ parameters }) => dispose(Object.values(parameters)));
  readonly #warm = new Map<string, { readonly inner: number; readonly seconds: number }>();

  /** Seconds of one call: `inner` calls timed together, after the trial's warm-ups or one call that fills the caches. */
  async time(config: TrialConfig, inner: number | undefined): Promise<Timed> {
    const id = JSON.stringify(config);
    const inputs = this.#inputs.get(inputsKey(config), () => makeInputs(config), inputsBytes);
    const mechanism = this.#mechanism(config);
    const call = measuredCall(config, mechanism, inputs);
    const warm = this.#warm.get(id);
    if (warm !== undefined && warm.seconds < settleSeconds) await timeCalls(call, 1);
    const found = warm === undefined ? await warmUp(call, config.warmups) : warm.inner;
    const calls = inner ?? found;
    const clock = gpuClock();
    clock?.start();
    const seconds = (await timeCalls(call, calls)) / calls;
    const gpuSeconds = clock && (await clock.stop()) / calls;
    this.#warm.set(id, { inner: calls, seconds });
    const [load = 0] = loadavg();
    return { kind: "timed", seconds, ...(gpuSeconds !== undefined && { gpuSeconds }), inner: calls, load };
  }

  /** The phases of a trial share a mechanism. */
  #mechanism(config: TrialConfig): Mechanism {
    return this.#mechanisms.get(
      JSON.stringify({ ...config, phase: "any" }),
      () => buildMechanism(config),
      parameterBytes,
    );
  }
}

function parameterBytes({ parameters }: Mechanism): number {
  return Object.values(parameters).reduce((bytes, variable) => bytes + 4 * variable.size, 0);
}

/**
 * One call of one trial in a process that has done nothing else: live bytes above the inputs as the backend counts them, and
 * the most memory that the process ever held resident (getrusage's maxrss: Node, TensorFlow.js and the inputs included).
 */
export async function weigh(config: TrialConfig): Promise<Weighed> {
  const inputs = makeInputs(config);
  const counted = await peakOf(measuredCall(config, buildMechanism(config), inputs));
  return { kind: "weighed", peakBytes: counted, residentBytes: mostResidentBytes() };
}

/** Our backends count every allocation; of the others TensorFlow.js's own profile is taken, a snapshot after every kernel. */
async function peakOf(call: MeasuredCall): Promise<number> {
  if ("meter" in backend()) {
    const peak = peakBytes();
    peak.reset();
    const outputs = call.run();
    const bytes = peak.read(); // before `finish` adds the value that it reads
    await finish(outputs, call.inputs);
    return bytes;
  }
  const before = memory().numBytes;
  const { peakBytes: snapshot, result } = await profile(() => call.run());
  await finish(result as Tensor[], call.inputs);
  return Math.max(0, snapshot - before);
}
