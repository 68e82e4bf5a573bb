import { features } from "@attention-lab/attention";
import { describe, expect, test } from "vitest";
import * as entries from "../src/attentions.ts";
import {
  exampleOptions,
  attentionVariant,
  attentionFromConfig,
  attentions,
  positions,
  readAttention,
  supportTable,
} from "../src/index.ts";

describe("catalogue", () => {
  test("lists every entry under its own name, once", () => {
    expect(Object.keys(attentions)).toEqual(
      expect.arrayContaining(["full", "identity", "linformer", "longformer", "performer"]),
    );
    expect(Object.keys(attentions)).toHaveLength(Object.keys(entries).length);
    for (const [name, variant] of Object.entries(attentions)) expect(variant.variant).toBe(name);
  });

  test("answers every feature with true or a sentence", () => {
    const table = supportTable();
    expect(table.map((row) => row.variant)).toEqual(Object.keys(attentions));
    for (const row of table) {
      expect(Object.keys(row.supports)).toEqual([...features]);
      expect(row.paper.length).toBeGreaterThan(10);
      expect(row.version).toBeGreaterThan(0);
      for (const answer of Object.values(row.supports)) {
        if (answer !== true) expect(answer.length).toBeGreaterThan(10);
      }
    }
    const linformer = table.find((row) => row.variant === "linformer");
    expect(linformer?.supports.causal).toMatch(/future/);
  });

  test("names positions", () => {
    expect(Object.keys(positions).sort()).toEqual(["alibi", "index", "learned", "rope", "shaw", "sinusoidal", "t5"]);
  });
});

describe("exampleOptions", () => {
  test("are accepted by every variant of which some options have no default", () => {
    for (const name of [
      "bahdanau",
      "bigbird",
      "blockLocal",
      "fixed",
      "strided",
      "linformer",
      "local",
      "longformer",
      "luong",
      "nystromformer",
      "performer",
    ])
      for (const size of ["usual", "small"] as const)
        expect(() => attentionVariant(name).parse(exampleOptions(name, size)), name).not.toThrow();
  });

  test("are none for any other name", () => {
    expect(exampleOptions("full", "usual")).toEqual({});
    expect(exampleOptions("toString", "small")).toEqual({});
  });
});

describe("attentionFromConfig", () => {
  test("builds the named variant with its options", () => {
    expect(attentionFromConfig({ name: "longformer", before: 4, after: 4 }).name).toBe("longformer");
    expect(readAttention({ name: "linformer", rank: 8, sharing: "none" }).options).toMatchObject({ rank: 8 });
  });

  test("suggests the near miss of a name", () => {
    expect(() => attentionFromConfig({ name: "perfomer" })).toThrow(
      /one of full.*did you mean performer\?.*got "?perfomer/,
    );
    expect(() => attentionFromConfig({ name: "toString" })).toThrow(/one of full/);
    expect(() => attentionFromConfig({})).toThrow(/one of full/);
    expect(() => attentionFromConfig("full")).toThrow(/must be an object/);
  });

  test("suggests the near miss of an option", () => {
    expect(() => attentionFromConfig({ name: "longformer", befor: 4, after: 4 })).toThrow(/before/);
    expect(() => attentionFromConfig({ name: "linformer", rank: 0, sharing: "none" })).toThrow(/rank/);
  });
});
