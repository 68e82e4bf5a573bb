import { add, memory, mul, scalar, setBackend, tensor, type Tensor } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { carry, countLeaks, countLeaksAsync, scope } from "../src/index.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

describe("scope", () => {
  it("frees everything but the result", () => {
    const x = tensor([1, 2]);
    let result: { y: Tensor } | undefined;
    expect(countLeaks(() => (result = scope("test", () => ({ y: add(mul(x, 2), 1) }))))).toBe(1);
    expect([...(result?.y.dataSync() ?? [])]).toEqual([3, 5]);
  });

  it("frees everything when the body throws", () => {
    const fail = (): never => {
      mul(scalar(1), 2);
      throw new Error("stop");
    };
    expect(countLeaks(() => expect(() => scope("test", fail)).toThrow("stop"))).toBe(0);
  });

  it("refuses a promise", () => {
    // @ts-expect-error a promise is no tensor container
    expect(() => scope("loader", () => Promise.resolve())).toThrow(
      'scope: "loader" must be synchronous, got a promise',
    );
  });
});

describe("carry", () => {
  it("owns the state of a loop: live tensors stay constant", () => {
    const shared = scalar(3);
    let state = { total: scalar(0), step: shared, note: "kept" };
    const before = memory().numTensors;
    for (let turn = 0; turn < 10; turn++) {
      state = carry(state, ({ total, step, note }) => ({ total: add(mul(total, 1), step), step, note }));
      expect(memory().numTensors).toBe(before);
    }
    expect(state.total.dataSync()[0]).toBe(30);
    expect(shared.isDisposed).toBe(false);
  });

  it("frees what the new state drops", () => {
    let state: Tensor[] = [scalar(1), scalar(2)];
    expect(countLeaks(() => (state = carry(state, ([first]) => [first ?? scalar(0)])))).toBe(-1);
    expect(state[0]?.isDisposed).toBe(false);
  });

  it("keeps data that the new state shares through a clone", () => {
    const old = tensor([5]);
    const next = carry(old, (x) => x.clone());
    expect(old.isDisposed).toBe(true);
    expect(next.dataSync()[0]).toBe(5);
  });

  it("leaves the old state alone when the step throws", () => {
    const state = tensor([1]);
    const fail = (): never => {
      throw new Error("stop");
    };
    expect(() => carry(state, fail)).toThrow("stop");
    expect(state.isDisposed).toBe(false);
  });
});

describe("countLeaks", () => {
  it("counts tensors gained, also over awaits", async () => {
    expect(countLeaks(() => [scalar(1), scalar(2)])).toBe(2);
    const gained = await countLeaksAsync(async () => {
      const x = scalar(1);
      await x.data();
    });
    expect(gained).toBe(1);
  });
});
