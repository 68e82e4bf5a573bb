import type { Attention } from "@attention-lab/attention";
import { countByProfile, type TestkitOptions } from "@attention-lab/attention/testkit";
import { EngineBackend, peakBytes } from "@attention-lab/backends";
import { counted } from "@attention-lab/kernels";
import { backend } from "@tensorflow/tfjs-core";

/** Whole tiles of every engine. */
const costLengths = [256, 512];

/**
 * What a variant's declared cost is held against on the current backend: our engines count operations and bytes themselves, others are watched
 * through TensorFlow.js' profile. There a causal contraction
 * of features computes some pairs that it hides, hence the wider tolerance, and a pattern is composed of dense products, which is not what a declared cost is about, so their operations are not counted.
 */
export function costMeters({
  pattern,
}: Attention): Pick<TestkitOptions, "count" | "peakBytes" | "costLengths" | "costTolerance"> {
  const current = backend();
  if (!(current instanceof EngineBackend)) {
    return pattern === undefined
      ? { count: countByProfile, costLengths, costTolerance: { flops: 0.5 } }
      : { costLengths };
  }
  const engine = counted(current.engine);
  const count = (run: () => void) => {
    engine.reset();
    run();
    return { multiplyAdds: engine.multiplyAdds, pairs: engine.tiles * engine.tile.queries * engine.tile.keys };
  };
  return { count, peakBytes: peakBytes(), costLengths };
}
