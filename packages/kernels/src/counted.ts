import type { Engine } from "./engine.ts";
import { hostOf } from "./host.ts";

/** An engine that knows what its kernels executed since it was wrapped or reset. */
export interface CountedEngine extends Engine {
  /** Multiply-adds of attention, feature attention and matrix products; zero padding at edges isn't counted. */
  readonly multiplyAdds: number;
  /** Attention tiles, forward and backward. */
  readonly tiles: number;
  reset(): void;
}

/**
 * Wraps an engine with counters. The kernels themselves count, tile by tile as they run, so the numbers say what was executed
 * and not what a formula expects. Calls made through the bare engine count too; counters of one process's native engines are one.
 * @throws TypeError when the engine wasn't made by `loadEngine`
 */
export function counted(engine: Engine): CountedEngine {
  const host = hostOf(engine);
  if (host === undefined) throw new TypeError("counted: the engine must come from loadEngine");
  let [tilesBefore, multiplyAddsBefore] = host.counters();
  return {
    ...engine,
    get multiplyAdds() {
      return host.counters()[1] - multiplyAddsBefore;
    },
    get tiles() {
      return host.counters()[0] - tilesBefore;
    },
    reset() {
      [tilesBefore, multiplyAddsBefore] = host.counters();
    },
  };
}
