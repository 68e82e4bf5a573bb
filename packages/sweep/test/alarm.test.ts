import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { alarm } from "../src/alarm.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("rings once, after so many seconds, also when those are more than Node's timers hold", () => {
  for (const seconds of [0.5, 1000, 2 ** 31 / 1000, 90 * 86_400]) {
    const ring = vi.fn();
    alarm(seconds, ring);
    vi.advanceTimersByTime(seconds * 1000 - 1);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ring).toHaveBeenCalledOnce();
  }
});

test("does not ring when it was turned off, nor ever when it is set for ever", () => {
  const ring = vi.fn();
  const off = alarm(100 * 86_400, ring);
  vi.advanceTimersByTime(50 * 86_400_000);
  off();
  alarm(Infinity, ring)();
  vi.advanceTimersByTime(200 * 86_400_000);
  expect(ring).not.toHaveBeenCalled();
});
