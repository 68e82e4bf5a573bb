import { assert, integer, option, property, record, uniqueArray, constantFrom } from "fast-check";
import { expect, test } from "vitest";
import { places } from "../src/places.ts";

const gigabyte = 2 ** 30;
const machine = { cores: 8, memoryBytes: 64 * gigabyte };
const threadsOf = (options: Parameters<typeof places>[0]) =>
  places({ ...machine, ...options }).map(({ threads }) => threads);

test("cores are shared out: one process each, or as many threads as asked for, or the processes asked for", () => {
  expect(threadsOf({})).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  expect(threadsOf({ threads: 3 })).toEqual([3, 3]);
  expect(threadsOf({ threads: 16 })).toEqual([16]);
  expect(threadsOf({ processes: 2 })).toEqual([4, 4]);
  expect(threadsOf({ processes: 12 })).toEqual(Array.from({ length: 12 }, () => 1));
});

test("memory is shared out: as many trials as fit beside a tenth that stays free", () => {
  expect(threadsOf({ bytes: 20 * gigabyte })).toEqual([4, 4]);
  expect(threadsOf({ bytes: 57 * gigabyte })).toEqual([8]);
  expect(() => places({ ...machine, bytes: 64 * gigabyte })).toThrow(
    "local launcher: the memory limit of a trial must fit into this machine, got 68719476736",
  );
});

test("each place has a GPU of its own; one that is named twice is shared by two", () => {
  const devices = (options: Parameters<typeof places>[0]) =>
    places({ ...machine, ...options }).map(({ variables }) => variables["CUDA_VISIBLE_DEVICES"]);
  expect(devices({})).toEqual(Array.from({ length: 8 }));
  expect(devices({ gpus: ["0", "3"] })).toEqual(["0", "3"]);
  expect(devices({ gpus: ["0", "GPU-5a1b", "MIG-7"], processes: 2 })).toEqual(["0", "GPU-5a1b"]);
  expect(devices({ gpus: ["0", "0", "1"] })).toEqual(["0", "0", "1"]);
  expect(() => places({ ...machine, gpus: ["0", "1"], processes: 3 })).toThrow(
    "local launcher: processes must be at most the number of GPUs (2); name one twice to share it, such as 0,0,1,1, got 3",
  );
});

test("no two places have the same GPU unless it was named twice, whatever is asked for", () => {
  const small = option(integer({ min: 1, max: 9 }), { nil: undefined });
  const asked = record({
    processes: small,
    threads: small,
    bytes: option(integer({ min: 1, max: 2 ** 31 }), { nil: undefined }),
  });
  assert(
    property(uniqueArray(constantFrom("0", "1", "2", "3", "7"), { minLength: 1 }), asked, (gpus, options) => {
      const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
      if ((options.processes ?? 0) > gpus.length) return;
      const devices = places({ ...machine, ...given, gpus }).map(({ variables }) => variables["CUDA_VISIBLE_DEVICES"]);
      expect(new Set(devices).size).toBe(devices.length);
      expect(devices.length).toBeGreaterThan(0);
    }),
  );
});

test("what is no number of processes is refused", () => {
  for (const processes of [0, -1, 1.5, NaN, Infinity]) {
    expect(() => places({ ...machine, processes })).toThrow(
      "local launcher: processes must be a whole number above 0, got",
    );
  }
  expect(() => places({ ...machine, threads: 0 })).toThrow(
    "local launcher: threads must be a whole number above 0, got 0",
  );
});

test("libraries of a program get the threads of their place, unless the user said otherwise", () => {
  const before = process.env["OMP_NUM_THREADS"];
  delete process.env["OMP_NUM_THREADS"];
  expect(places({ ...machine, processes: 2 })[0]?.variables).toMatchObject({ OMP_NUM_THREADS: "4" });
  process.env["OMP_NUM_THREADS"] = "1";
  expect(places({ ...machine, processes: 2 })[0]?.variables).not.toHaveProperty("OMP_NUM_THREADS");
  if (before === undefined) delete process.env["OMP_NUM_THREADS"];
  else process.env["OMP_NUM_THREADS"] = before;
});
