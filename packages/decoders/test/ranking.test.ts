import fc from "fast-check";
import { expect, test } from "vitest";
import { descending, largest } from "../src/ranking.ts";

const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity)), { maxLength: 40 });

test("the ranking is the stable sort's, one id at a time", () => {
  fc.assert(
    fc.property(values, fc.nat(45), (row, count) => {
      const ids = [...row.keys()];
      const value = (id: number) => row[id] ?? 0;
      const first = ids.toSorted((a, b) => (value(a) === value(b) ? a - b : value(b) > value(a) ? 1 : -1));
      const last = ids.toSorted((a, b) => (value(a) === value(b) ? b - a : value(b) > value(a) ? 1 : -1));
      expect([...descending(row)]).toEqual(first);
      expect([...descending(row, "last")]).toEqual(last);
      expect(largest(row, count)).toEqual(first.slice(0, count));
    }),
  );
});
