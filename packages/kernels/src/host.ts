import { attentionGradientInvocation, attentionInvocation } from "./calls-attention.ts";
import { tileSize } from "./check-tiles.ts";
import { elementKernels } from "./calls-elements.ts";
import { featureAttentionGradientInvocation, featureAttentionInvocation } from "./calls-feature-attention.ts";
import { gemmInvocation } from "./calls-gemm.ts";
import { randomFeaturesGradientInvocation, randomFeaturesInvocation } from "./calls-random-features.ts";
import { rowKernels } from "./calls-rows.ts";
import { wholeNumber } from "./check.ts";
import type { Engine } from "./engine.ts";
import type { Invocation } from "./operations.ts";

/** What a build of the C source brings along; everything else about an engine is the same for both. */
export interface Host {
  readonly name: Engine["name"];
  readonly instructionSet: string;
  readonly threads: number;
  allocate(length: number): Float32Array;
  release(array: Float32Array): void;
  /** Runs a checked invocation; returns the `enum Outcome` of csrc/host.h. */
  run(invocation: Invocation): number;
  /** Executed tiles and multiply-adds since the beginning. */
  counters(): readonly [tiles: number, multiplyAdds: number];
}

/** The counters of every engine made here, for `counted`. */
const hosts = new WeakMap<Engine, Host>();

export function hostOf(engine: Engine): Host | undefined {
  return hosts.get(engine);
}

const complaints: Record<number, string> = {
  1: "there is no memory left for its working space",
  2: "a worker thread broke down",
  3: "this build of the kernels doesn't know it: run setup again",
};

export function engineOn(host: Host): Engine {
  const { name } = host;
  function invoke(invocation: Invocation): void {
    const outcome = host.run(invocation);
    if (outcome === 0) return;
    const sentence = `${name} ${invocation.operation}: ${complaints[outcome] ?? `it ended with code ${outcome}`}`;
    throw outcome === 1 ? new RangeError(sentence) : new Error(sentence);
  }
  const engine: Engine = {
    name,
    instructionSet: host.instructionSet,
    threads: host.threads,
    tile: tileSize,
    allocate: (length) => host.allocate(length),
    release: (array) => host.release(array),
    attention: (call) => invoke(attentionInvocation(name, call)),
    attentionGradient: (call) => invoke(attentionGradientInvocation(name, call)),
    featureAttention: (call) => invoke(featureAttentionInvocation(name, call)),
    featureAttentionGradient: (call) => invoke(featureAttentionGradientInvocation(name, call)),
    randomFeatures: (call) => invoke(randomFeaturesInvocation(name, call)),
    randomFeaturesGradient: (call) => invoke(randomFeaturesGradientInvocation(name, call)),
    gemm: (call) => invoke(gemmInvocation(name, call)),
    spin(rounds) {
      wholeNumber(`${name} spin`, "rounds", rounds);
      const units = host.threads;
      const sums = new Float32Array(units + 1);
      const arrays = [Float32Array.of(0.5, 0.25), sums];
      invoke({ operation: "peak", sizes: [units, rounds], numbers: [], arrays, access: "rw" });
      return units * rounds * (sums[units] ?? 0);
    },
    ...rowKernels(name, invoke),
    ...elementKernels(name, invoke),
  };
  hosts.set(engine, host);
  return engine;
}
