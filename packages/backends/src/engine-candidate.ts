import { type Engine, loadEngine } from "@attention-lab/kernels";
import { findBackend, setBackend } from "@tensorflow/tfjs-core";
import { EngineBackend } from "./engine-backend.ts";
import { registerEngine } from "./register.ts";
import type { Candidate } from "./report.ts";

const reasons: Readonly<Record<Engine["name"], string>> = {
  native: "the native engine is the fastest that runs on this machine",
  wasm: "the WebAssembly engine needs no compiler and no prebuilt binary",
};

/** The engine that is registered already, if its thread count will do. */
function runningEngine(name: Engine["name"], threads: number | undefined): Engine | undefined {
  const backend = findBackend(`attn-${name}`);
  if (!(backend instanceof EngineBackend)) return undefined;
  return threads === undefined || threads === backend.engine.threads ? backend.engine : undefined;
}

/** Our own backend on one of the engines. */
export function engineCandidate(name: Engine["name"]): Candidate {
  return {
    name,
    async start(threads) {
      const engine = runningEngine(name, threads) ?? (await loadEngine(name, threads === undefined ? {} : { threads }));
      registerEngine(engine);
      await setBackend(`attn-${name}`);
      const { instructionSet } = engine;
      return { tfBackend: `attn-${name}`, why: reasons[name], engine: name, instructionSet, threads: engine.threads };
    },
  };
}
