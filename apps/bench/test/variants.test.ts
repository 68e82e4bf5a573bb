import { memory, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Rivals, rivals } from "../src/rivals.ts";
import { affordable, subjects } from "../src/subjects.ts";
import { variants } from "../src/variants.ts";

beforeAll(() => setBackend("cpu"));

const named = (...names: string[]) => subjects().filter(({ name }) => names.includes(name));

describe("subjects", () => {
  test("are the catalogue's variants with the usual options", () => {
    const names = subjects().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["full", "linear", "linformer", "longformer", "nystromformer", "performer", "retention"]),
    );
    expect(named("performer")[0]?.options).toMatchObject({ features: 256 });
  });

  test("are asked only for what they declare to be affordable", () => {
    const [full] = named("full");
    const [linear] = named("linear");
    if (full === undefined || linear === undefined)
      throw new Error("the catalogue must have full and linear, got neither");
    expect([8192, 16384].map((length) => affordable(full, length))).toEqual([true, false]);
    expect(affordable(linear, 16384)).toBe(true);
  });
});

test("variants take turns with their rivals, leave no tensor, and give medians and exponents", async () => {
  const asked: string[] = [];
  const others: Rivals = {
    packages: { linear: "theirs 1.0" },
    missing: [],
    time: async (variant, length) => (asked.push(`${variant} ${length}`), length / 1000),
    close: () => {},
  };
  const before = memory().numTensors;
  const rows = await variants(2, others, { only: [16, 32], of: named("identity", "linear") });
  expect(memory().numTensors).toBe(before);
  expect(asked).toEqual([16, 16, 16, 32, 32, 32].map((length) => `linear ${length}`));
  const [identity, linear] = rows;
  expect(rows.map(({ name }) => name)).toEqual(["identity", "linear"]);
  expect(identity).not.toHaveProperty("rival");
  expect(linear?.rival).toEqual({ name: "theirs 1.0", seconds: { 16: 0.016, 32: 0.032 } });
  expect(Object.keys(linear?.seconds ?? {})).toEqual(["16", "32"]);
  expect(linear?.memory.declared).toBeGreaterThan(0.5);
});

test("a machine without Python is no error", async () => {
  expect(await rivals("python-that-does-not-exist")).toBeUndefined();
});
