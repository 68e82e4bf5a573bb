import fc from "fast-check";
import { expect, test } from "vitest";
import { copyBlock } from "../src/copy-block.ts";
import { sizeOf, stridesOf } from "../src/shapes.ts";
import { plainEngine } from "./plain-engine.ts";

/** Element by element: the definition. */
function slowly(shape: number[], from: number[], to: number[], source: Float32Array, target: Float32Array): void {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    let [x, y] = [0, 0];
    shape.forEach((length, axis) => {
      const place = Math.floor(i / (strides[axis] ?? 1)) % length;
      x += place * (from[axis] ?? 0);
      y += place * (to[axis] ?? 0);
    });
    target[y] = source[x] ?? Number.NaN;
  }
}

test("any rank, permutation and repetition is copied as its definition says", () => {
  const axis = fc.record({ length: fc.integer({ min: 1, max: 3 }), order: fc.nat(), repeated: fc.boolean() });
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 7 }), (axes) => {
      const shape = axes.map(({ length }) => length);
      const order = [...axes.keys()].toSorted((a, b) => (axes[a]?.order ?? 0) - (axes[b]?.order ?? 0));
      const sorted = stridesOf(order.map((i) => shape[i] ?? 1));
      const strides = shape.map((_, i) => (axes[i]?.repeated ? 0 : (sorted[order.indexOf(i)] ?? 0)));
      const engine = plainEngine();
      const values = engine.allocate(sizeOf(shape)).map((_, i) => i);
      const source = engine.allocate(values.length);
      source.set(values);
      const [fast, slow] = [engine.allocate(values.length), new Float32Array(values.length)];
      copyBlock(
        engine,
        shape,
        { values: source, offset: 0, strides },
        { values: fast, offset: 0, strides: stridesOf(shape) },
      );
      slowly(shape, strides, stridesOf(shape), source, slow);
      expect(Array.from(fast)).toEqual(Array.from(slow));
    }),
    { numRuns: 200 },
  );
});
