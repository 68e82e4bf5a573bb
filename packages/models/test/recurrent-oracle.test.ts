import { normalValues } from "@attention-lab/tensors";
import { setBackend, tensor } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { RecurrentSeq2Seq } from "../src/index.ts";
import { build, contexts, ids } from "./recurrent-models.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

/** The papers' formulas for one sequence and cells of one tanh layer, on arrays: nothing here is shared with the model but its numbers. */
type Vector = readonly number[];
const affine = (v: Vector, w: Vector, b: Vector | number): number[] => {
  const outputs = typeof b === "number" ? b : b.length;
  return Array.from({ length: outputs }, (_, column) =>
    v.reduce(
      (sum, value, row) => sum + value * (w[row * outputs + column] ?? NaN),
      typeof b === "number" ? 0 : (b[column] ?? NaN),
    ),
  );
};
const plus = (a: Vector, b: Vector) => a.map((value, i) => value + (b[i] ?? NaN));
const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const tanh = (v: Vector) => v.map(Math.tanh);

function readerOf(model: RecurrentSeq2Seq) {
  const all = model.parameters();
  const get = (name: string): number[] => [...(all[name]?.dataSync() ?? [])];
  const row = (side: string, id: number) => get(`${side}.embedding.weight`).slice(id * 4, id * 4 + 4);
  const cell = (side: string, y: Vector, h: Vector, extra: Vector) => {
    const part = (kind: string) =>
      [get(`${side}.layers.0.${kind}.weight`), get(`${side}.layers.0.${kind}.bias`)] as const;
    const sum = plus(affine(y, ...part("input")), affine(h, ...part("recurrent")));
    return tanh(extra.length === 0 ? sum : plus(sum, extra));
  };
  const mean = (scores: Vector, memory: readonly Vector[]) => {
    const exps = scores.map(Math.exp);
    const total = exps.reduce((sum, value) => sum + value, 0);
    return (memory[0] ?? []).map(
      (_, unit) =>
        dot(
          exps,
          memory.map((h) => h[unit] ?? NaN),
        ) / total,
    );
  };
  return { get, row, cell, mean };
}
type Reader = ReturnType<typeof readerOf>;
/** Context and everything after it for one token: the new state, and the vector that the output reads. */
type Decode = (
  r: Reader,
  y: Vector,
  s: Vector,
  memory: readonly Vector[],
  fed: Vector,
) => { h: Vector; vector: Vector };

const decoders: Record<string, Decode> = {
  fixed: (r, y, s) => {
    const h = r.cell("decoder", y, s, []);
    return { h, vector: h };
  },
  bahdanau: (r, y, s, memory) => {
    const projected = (v: Vector, name: string) => affine(v, r.get(`decoder.attention.${name}.weight`), 5);
    const scores = memory.map((m) =>
      dot(r.get("decoder.attention.score.weight"), tanh(plus(projected(s, "query"), projected(m, "key")))),
    );
    const c = r.mean(scores, memory);
    const h = r.cell("decoder", y, s, affine(c, r.get("decoder.feed.weight"), 6));
    const both = affine([...h, ...c, ...y], r.get("decoder.readout.weight"), r.get("decoder.readout.bias"));
    return { h, vector: both.slice(0, 6).map((value, i) => Math.max(value, both[i + 6] ?? NaN)) };
  },
  dot: (r, y, s, memory) => luong(r, r.cell("decoder", y, s, []), memory, (h, m) => dot(h, m)),
  "concat, input feeding": (r, y, s, memory, fed) => {
    const h = r.cell("decoder", y, s, affine(fed, r.get("decoder.feed.weight"), 6));
    const weight = r.get("decoder.attention.concat.weight");
    return luong(r, h, memory, (state, m) =>
      dot(r.get("decoder.attention.score.weight"), tanh(affine([...state, ...m], weight, 6))),
    );
  },
};

function luong(r: Reader, h: Vector, memory: readonly Vector[], score: (h: Vector, m: Vector) => number) {
  const context = r.mean(
    memory.map((m) => score(h, m)),
    memory,
  );
  return { h, vector: tanh(affine([...context, ...h], r.get("decoder.readout.weight"), 6)) };
}

function oracle(model: RecurrentSeq2Seq, decode: Decode, source: Vector, target: Vector): number[] {
  const r = readerOf(model);
  let h: Vector = [0, 0, 0, 0, 0, 0];
  const memory = source.map((id) => (h = r.cell("encoder", r.row("encoder", id), h, [])));
  let fed: Vector = [0, 0, 0, 0, 0, 0];
  return target.flatMap((id) => {
    const next = decode(r, r.row("decoder", id), h, memory, fed);
    h = next.h;
    fed = next.vector;
    return affine(next.vector, r.get("decoder.output.weight"), r.get("decoder.output.bias"));
  });
}

describe("the decoder is its paper's", () => {
  test.each(Object.entries(decoders))("%s", (name, decode) => {
    const model = build({ cell: "rnn", layers: 1, context: contexts[name as keyof typeof contexts] });
    // Larger weights than a model starts with, so that attention is far from uniform.
    for (const [index, variable] of Object.values(model.parameters()).entries())
      variable.assign(
        tensor(
          normalValues(index, variable.size).map((value) => 0.7 * value),
          variable.shape,
        ),
      );
    const [source, target] = [ids(1, 5, 9), ids(1, 4)];
    const got = model.logits(target, { ids: source }).dataSync();
    const want = oracle(model, decode, [...source.dataSync()], [...target.dataSync()]);
    expect(want.length).toBe(got.length);
    for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 4);
  });
});
