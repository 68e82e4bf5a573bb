import { tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { invalid, nearest, positiveInteger } from "../src/index.ts";

describe("invalid", () => {
  it.each([
    [0, "0"],
    [Number.NaN, "NaN"],
    ["rope", '"rope"'],
    [undefined, "undefined"],
    [[1, 2], "[1,2]"],
    [{ a: 1 }, '{"a":1}'],
    [12n, "12"],
    [new Float32Array(2), "Float32Array of 8 bytes"],
    ["x".repeat(200), `"${"x".repeat(79)}...`],
  ])("shows %s", (got, shown) => {
    const error = invalid("performer attention", "features must be a positive integer", got);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(`performer attention: features must be a positive integer, got ${shown}`);
  });

  it("shows a tensor by its shape", () => {
    expect(invalid("a", "b", tensor([[1, 2]])).message).toBe("a: b, got a tensor of shape [1,2]");
  });
});

describe("positiveInteger", () => {
  it("returns the value or throws", () => {
    expect(positiveInteger("linformer", "rank", 3)).toBe(3);
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => positiveInteger("linformer", "rank", value)).toThrow(
        `linformer: rank must be a positive integer, got ${value}`,
      );
    }
  });
});

describe("nearest", () => {
  const names = ["full", "longformer", "linformer", "performer"];
  it.each([
    ["preformer", "performer"],
    ["Linfromer", "linformer"],
    ["fulll", "full"],
    ["longformre", "longformer"],
    ["bigbird", undefined],
    ["", undefined],
  ])("%s -> %s", (word, wanted) => {
    expect(nearest(word, names)).toBe(wanted);
  });
});
