import { expect, test } from "vitest";
import { Recent } from "../src/recent.ts";

test("keeps the most recently used within the budget and releases the rest once", () => {
  const released: string[] = [];
  let made = 0;
  const recent = new Recent<string>(10, (value) => released.push(value));
  const get = (key: string, bytes: number): string =>
    recent.get(
      key,
      () => `${key}${made++}`,
      () => bytes,
    );
  expect([get("a", 4), get("b", 4), get("a", 4)]).toEqual(["a0", "b1", "a0"]);
  expect(get("c", 4)).toBe("c2");
  expect(released).toEqual(["b1"]);
  expect(get("huge", 99)).toBe("huge3");
  expect(released).toEqual(["b1", "a0", "c2"]);
  expect(get("huge", 99)).toBe("huge3");
  expect(get("a", 4)).toBe("a4");
  expect(released).toEqual(["b1", "a0", "c2", "huge3"]);
});
