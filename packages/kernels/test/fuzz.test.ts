import { describe, expect, it } from "vitest";
import { engines } from "./engines.ts";
import { fuzz } from "./fuzz.ts";

describe.each(engines)("spoiled calls of $label", ({ load }) => {
  it("are refused by an error or answered, and never end the process", async () => {
    const engine = await load();
    const { refused, odd } = fuzz(engine, 400, 1);
    expect(odd).toEqual([]);
    expect(refused).toBeGreaterThan(200);
    const y = new Float32Array(2);
    engine.unary("square", Float32Array.of(2, 3), y);
    expect(Array.from(y)).toEqual([4, 9]);
  });
});
