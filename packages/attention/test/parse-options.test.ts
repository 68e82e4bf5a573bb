import { parseOptions, positiveCount } from "@attention-lab/attention";
import { expect, test } from "vitest";
import { z } from "zod";

const schema = z.strictObject({
  features: positiveCount,
  map: z.enum(["positive", "relu"]).optional(),
  epsilon: z.number().positive().max(1).optional(),
  dilation: z.union([positiveCount, z.array(positiveCount)]).optional(),
  nested: z.strictObject({ deep: z.boolean() }).optional(),
});
const parse = (raw: unknown) => parseOptions("toy attention", schema, raw);

test("good options come back as given", () => {
  expect(parse({ features: 4, map: "relu" })).toEqual({ features: 4, map: "relu" });
});

test.each([
  [
    { features: 4, featurs: 4 },
    'toy attention: options are features, map, epsilon, dilation, nested (did you mean "features"?), got "featurs"',
  ],
  [{ features: 4, zzz: 4 }, 'toy attention: options are features, map, epsilon, dilation, nested, got "zzz"'],
  [{ features: 0 }, "toy attention: features must be a positive integer, got 0"],
  [{ features: 1.5 }, "toy attention: features must be a positive integer, got 1.5"],
  [{ features: "4" }, 'toy attention: features must be a positive integer, got "4"'],
  [{}, "toy attention: features must be given, got undefined"],
  [
    { features: 4, map: "positiv" },
    'toy attention: map must be positive or relu (did you mean "positive"?), got "positiv"',
  ],
  [{ features: 4, epsilon: 0 }, "toy attention: epsilon must be above 0, got 0"],
  [{ features: 4, epsilon: 2 }, "toy attention: epsilon must be at most 1, got 2"],
  [{ features: 4, epsilon: "x" }, 'toy attention: epsilon must be a number, got "x"'],
  [{ features: 4, nested: { deep: 1 } }, "toy attention: nested.deep must be a boolean, got 1"],
  [7, "toy attention: options must be an object, got 7"],
])("%j is refused in one sentence", (raw, sentence) => {
  expect(() => parse(raw)).toThrow(new RangeError(sentence));
});

test("a union names each branch's rule", () => {
  expect(() => parse({ features: 4, dilation: "x" })).toThrow(
    'toy attention: dilation must be a positive integer or must be an array, got "x"',
  );
});

test("a variant without options says so", () => {
  expect(() => parseOptions("identity attention", z.strictObject({}), { rank: 2 })).toThrow(
    'identity attention: there are no options, got "rank"',
  );
});
