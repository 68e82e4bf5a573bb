import { backend } from "@tensorflow/tfjs-core";

type Written = ReturnType<ReturnType<typeof backend>["write"]>;

/**
 * Peak of bytes that the current backend holds while `run` runs, above the start. Counted where data is written and freed:
 * `memory().numBytes` counts a reshaped tensor twice.
 */
export function peakBytesOf(run: () => void): number {
  const current = backend();
  const write = current.write.bind(current);
  const disposeData = current.disposeData.bind(current);
  const sizes = new Map<Written, number>();
  let live = 0;
  let peak = 0;
  current.write = (...entry) => {
    const id = write(...entry);
    const bytes = 4 * entry[1].reduce((product, n) => product * n, 1);
    sizes.set(id, bytes);
    live += bytes;
    peak = Math.max(peak, live);
    return id;
  };
  current.disposeData = (id, force) => {
    const freed = disposeData(id, force);
    if (freed && sizes.has(id)) live -= sizes.get(id) ?? 0;
    return freed;
  };
  try {
    run();
  } finally {
    current.write = write;
    current.disposeData = disposeData;
  }
  return peak;
}
