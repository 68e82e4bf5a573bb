import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modelFromConfig } from "@attention-lab/catalog";
import { readSafetensors, writeSafetensors } from "@attention-lab/tensors";
import { readParameters } from "@attention-lab/training";
import { tensor, tensor2d, type Tensor2D } from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attn } from "./attn.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../packages/models/test/fixtures/${name}`, import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attn-import-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const bring = (name: string, ...words: string[]) =>
  attn(
    "import",
    fixture(`${name}.safetensors`),
    "--config",
    fixture(`${name}.config.json`),
    "--out",
    join(folder, name),
    "--backend",
    "cpu",
    ...words,
  );

describe("import", () => {
  test.each(["bert", "gpt2", "llama"])(
    "%s: the checkpoint and model.json make a model that answers as the published one",
    async (name) => {
      const { code, out, err } = await bring(name);
      expect(code, err).toBe(0);
      expect(out).toMatch(/^(encoder|decoder)-only: \d+ parameters in \d+ tensors, written to /);
      const read = modelFromConfig(JSON.parse(readFileSync(join(folder, name, "model.json"), "utf8")));
      readParameters(readFileSync(join(folder, name, "checkpoint.safetensors")), read.model.parameters());
      const expected = readSafetensors(readFileSync(fixture(`${name}.expected.safetensors`)));
      const input = (key: string) => Array.from((expected.get(key)?.values ?? []) as Float32Array);
      const ids = tensor2d(input("input_ids"), [2, 7], "int32");
      const call = () => ({
        padding: tensor(input("attention_mask"), [2, 7]) as Tensor2D,
        tokenTypes: tensor2d(input("token_type_ids"), [2, 7], "int32"),
      });
      if (read.kind === "encoder-decoder") throw new Error("no such model is published here");
      const got = read.kind === "encoder-only" ? read.model.pooled(ids, call()) : read.model.logits(ids);
      const want = input(read.kind === "encoder-only" ? "pooler_output" : "logits");
      const largest = Math.max(...[...got.dataSync()].map((value, i) => Math.abs(value - (want[i] ?? NaN))));
      expect(largest).toBeLessThan(1e-4);
    },
  );

  test("a folder as it is published, and JSON", async () => {
    copyFileSync(fixture("bert.safetensors"), join(folder, "model.safetensors"));
    copyFileSync(fixture("bert.config.json"), join(folder, "config.json"));
    const { out } = await attn("import", folder, "--out", join(folder, "out"), "--json", "--backend", "cpu");
    expect(JSON.parse(out)).toMatchObject({ kind: "encoder-only", parameters: 4928, missing: [], unused: [] });
  });

  test("a folder of several files with an index", async () => {
    const tensors = [...readSafetensors(readFileSync(fixture("gpt2.safetensors")))];
    const parts = { "a.safetensors": tensors.slice(0, 9), "b.safetensors": tensors.slice(9) };
    for (const [name, part] of Object.entries(parts)) writeFileSync(join(folder, name), writeSafetensors(part, {}));
    const places = Object.entries(parts).flatMap(([name, part]) => part.map(([tensor]) => [tensor, name]));
    const index = { weight_map: Object.fromEntries(places) as unknown };
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
    copyFileSync(fixture("gpt2.config.json"), join(folder, "config.json"));
    const { out } = await attn("import", folder, "--out", join(folder, "out"), "--json", "--backend", "cpu");
    expect(JSON.parse(out)).toMatchObject({ kind: "decoder-only", missing: [], unused: [] });
  });

  test("names what is missing or unused, and goes on only where told to", async () => {
    const tensors = readSafetensors(readFileSync(fixture("bert.safetensors")));
    const [key, stored] = [...tensors].find(([name]) => name.endsWith("pooler.dense.bias")) as [string, never];
    tensors.delete(key);
    tensors.set("extra.weight", stored);
    writeFileSync(join(folder, "model.safetensors"), writeSafetensors([...tensors], {}));
    copyFileSync(fixture("bert.config.json"), join(folder, "config.json"));
    const words = ["import", folder, "--out", join(folder, "out"), "--backend", "cpu"];
    const first = await attn(...words);
    expect(first).toMatchObject({ code: 1, err: "attn: import: the file lacks pooler.dense.bias (pooler.dense.bias)" });
    const second = await attn(...words, "--allow-missing");
    expect(second.err).toBe("attn: import: nothing in this model takes the file's extra.weight");
    expect(existsSync(join(folder, "out"))).toBe(false);
    const third = await attn(...words, "--allow-missing", "--allow-unused");
    expect(third).toMatchObject({ code: 0, err: expect.stringContaining("unused: extra.weight") as string });
  });

  test.each<[string[], RegExp]>([
    [["/nowhere.safetensors"], /^attn: import: there is no file \/nowhere\.safetensors$/],
    [
      [fixture("bert.safetensors")],
      /^attn: import: there is no config .*config\.json: name the model's config\.json with --config$/,
    ],
    [
      [fixture("make-fixtures.py"), "--config", fixture("bert.config.json")],
      /^attn: import: .*make-fixtures\.py: safetensors: /,
    ],
    [
      [fixture("bert.safetensors"), "--config", fixture("make-fixtures.py")],
      /^attn: import: .*make-fixtures\.py must be JSON, got /,
    ],
    [[fixture("bert.safetensors"), "--config", fixture("gpt2.config.json")], /^attn: import: the file lacks /],
  ])("%#: one sentence", async (words, sentence) => {
    const { code, err } = await attn("import", ...words, "--out", join(folder, "out"), "--backend", "cpu");
    expect(err).toMatch(sentence);
    expect(code).toBeGreaterThan(0);
  });
});
