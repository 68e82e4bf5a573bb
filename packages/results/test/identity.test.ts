import { canonicalJson, trialId } from "@attention-lab/results";
import fc from "fast-check";
import { expect, test } from "vitest";
import { config } from "./store-fixtures.ts";

test("canonical JSON does not depend on the order of keys and is JSON", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("the id is the sha256 of the canonical configuration, and every field changes it", () => {
  // printf '%s' '<canonical JSON>' | sha256sum
  expect(canonicalJson({ b: [1, { d: null, c: "é" }], a: undefined })).toBe('{"b":[1,{"c":"é","d":null}]}');
  expect(trialId(config)).toMatch(/^[0-9a-f]{64}$/);
  expect(trialId({ ...config, options: { features: 8 } })).not.toBe(trialId(config));
  expect(trialId({ ...config, engine: "wasm" })).not.toBe(trialId(config));
  expect(trialId({ ...config, options: { rank: 1, sharing: "none" } })).toBe(
    trialId({ ...config, options: { sharing: "none", rank: 1 } }),
  );
});
