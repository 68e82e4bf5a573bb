import { expect, test } from "vitest";
import { PassClock, type Timeable } from "../src/pass-clock.ts";

/** A device on which the pass with number p takes p + 1 microseconds, as far as a clock can tell. */
function pretend() {
  const sets: { stamps: bigint[]; destroyed: boolean }[] = [];
  let [flushed, passes] = [0, 0];
  const encoder = () => ({
    beginComputePass({ timestampWrites: at }: { timestampWrites?: Record<string, never> } = {}) {
      if (at === undefined) return;
      const { stamps } = at["querySet"] as unknown as { stamps: bigint[] };
      stamps[at["beginningOfPassWriteIndex"] as unknown as number] = 5_000n;
      stamps[at["endOfPassWriteIndex"] as unknown as number] = 5_000n + 1_000n * BigInt(++passes);
    },
    resolveQuerySet: (set: { stamps: bigint[] }, first: number, count: number, to: { bytes?: bigint[] }) =>
      void (to.bytes = set.stamps.slice(first, first + count)),
    copyBufferToBuffer: (from: { bytes?: bigint[] }, _: number, to: { bytes?: bigint[] }) =>
      void (to.bytes = from.bytes ?? []),
    finish: () => undefined,
  });
  const device = {
    queue: { submit: () => undefined },
    createCommandEncoder: encoder,
    createQuerySet() {
      const set = { stamps: [] as bigint[], destroyed: false, destroy: () => void (set.destroyed = true) };
      sets.push(set);
      return set;
    },
    createBuffer: () => {
      const buffer = {
        bytes: [] as bigint[],
        mapAsync: () => Promise.resolve(),
        getMappedRange: () => BigUint64Array.from(buffer.bytes).buffer,
        destroy: () => undefined,
      };
      return buffer;
    },
  };
  const of = { device, flush: () => void flushed++ } as unknown as Timeable;
  return { of, sets, flushes: () => flushed, encoder: () => encoder() as unknown as GPUCommandEncoder };
}

Object.assign(globalThis, {
  GPUBufferUsage: { QUERY_RESOLVE: 1, COPY_SRC: 2, COPY_DST: 4, MAP_READ: 8 },
  GPUMapMode: { READ: 1 },
});

test("the seconds of all passes are added, over any number of encoders and query sets", async () => {
  const { of, sets, flushes, encoder } = pretend();
  const clock = new PassClock(of);
  clock.start();
  const passes = 5000;
  for (let i = 0; i < passes; i++) {
    const made = encoder();
    clock.watch(made);
    made.beginComputePass();
  }
  expect(await clock.stop()).toBeCloseTo((passes * (passes + 1)) / 2 / 1e6, 9);
  expect(sets.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  expect(flushes()).toBe(2);
});

test("a second measurement starts at 0, and passes of a stopped clock are not timed", async () => {
  const { of, sets, encoder } = pretend();
  const clock = new PassClock(of);
  const pass = (): void => {
    const made = encoder();
    clock.watch(made);
    made.beginComputePass();
  };
  clock.start();
  pass();
  expect(await clock.stop()).toBeCloseTo(1e-6, 12);
  pass();
  clock.start();
  pass();
  pass();
  expect(await clock.stop()).toBeCloseTo(2e-6 + 3e-6, 12);
  expect(sets).toHaveLength(2);
});

test("timestamps that a pass has already are left alone", async () => {
  const { of, sets, encoder } = pretend();
  const clock = new PassClock(of);
  clock.start();
  const made = encoder();
  clock.watch(made);
  const own = {
    querySet: { stamps: [] } as unknown as GPUQuerySet,
    beginningOfPassWriteIndex: 0,
    endOfPassWriteIndex: 1,
  };
  made.beginComputePass({ timestampWrites: own });
  expect(sets).toEqual([]);
});
