import { describe, expect, it } from "vitest";
import { engines } from "./engines.ts";
import { fuzz, goodCalls } from "./fuzz.ts";

describe.each(engines)("spoiled calls of $label", ({ load }) => {
  it("start from good ones", async () => {
    const engine = (await load()) as unknown as Record<string, (...parameters: unknown[]) => void>;
    for (const [name, parameters] of goodCalls()) engine[name]?.(...parameters);
    expect(goodCalls().every(([name]) => typeof engine[name] === "function")).toBe(true);
  });

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
