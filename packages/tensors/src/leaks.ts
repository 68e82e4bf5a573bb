import { memory } from "@tensorflow/tfjs-core";

/** Live tensors gained while `body` ran: 0 for code that frees everything it makes, 1 for code that hands back one tensor. */
export function countLeaks(body: () => unknown): number {
  const before = memory().numTensors;
  body();
  return memory().numTensors - before;
}

/** As `countLeaks`, for work that reads values. */
export async function countLeaksAsync(body: () => Promise<unknown>): Promise<number> {
  const before = memory().numTensors;
  await body();
  return memory().numTensors - before;
}
