import type { Tensor4D } from "@tensorflow/tfjs-core";
import { rope, type RopePairing, sinusoidalTable, type SinusoidalLayout } from "@attention-lab/position-encodings";
import { full } from "@attention-lab/attention-full";
import { type Adapter, golden, hostProgram, program } from "../adapter.ts";
import { type ConfigReader, NotCovered } from "../config-reader.ts";
import type { GoldenCase } from "../golden-case.ts";
import { replayLayer, torchWeights } from "../replay-layer.ts";

/** The names under which packages' layouts are recorded. */
const layouts: Readonly<Record<string, SinusoidalLayout>> = {
  interleaved: "interleaved",
  marian: "half",
  m2m: "tensor2tensor",
};

export const sinusoidalAdapter: Adapter = (config, case_) => {
  const [length, width] = [config.number("N"), config.number("D")];
  config.expect("position", (position) => position === "0-based");
  config.described("formula", "use");
  const outputs = Object.keys(case_.tensors).filter((name) => case_.tensors[name]?.role === "output");
  const unknown = outputs.find((name) => layouts[name] === undefined);
  if (unknown !== undefined) throw new NotCovered(`layout ${unknown}`);
  return hostProgram(() =>
    Object.fromEntries(
      outputs.map((name) => [name, sinusoidalTable(layouts[name] as SinusoidalLayout, length, width)]),
    ),
  );
};

function pairingOf(config: ConfigReader): RopePairing {
  const words = config.text("pairing") ?? "";
  if (words.startsWith("interleaved")) return "interleaved";
  if (words.startsWith("half-split")) return "half";
  throw new NotCovered(`pairing = ${words}`);
}

/** Rotations alone ("q" and "k" are given by head), or a whole attention layer around them ("x" is given). */
export const ropeAdapter: Adapter = (config, case_) => {
  const pairing = pairingOf(config);
  const base = config.number("rope_base");
  const start = config.has("first_position") ? config.number("first_position") : 0;
  config.described("rest", "rotation", "angle");
  return case_.tensors["x"] === undefined
    ? rotations(config, case_, pairing, base, start)
    : layer(config, case_, pairing, base);
};

function rotations(config: ConfigReader, case_: GoldenCase, pairing: RopePairing, base: number, start: number) {
  config.described("B", "H", "N");
  const headDim = config.number("D");
  const fraction = config.number("rotary_dim") / headDim;
  const [, heads = 1, length = 1] = golden(case_, "q").shape;
  const position = rope({ base, pairing, fraction }).build({
    dModel: heads * headDim,
    heads,
    headDim,
    maxLength: start + length,
    seed: 0,
  });
  const rotate = (x: unknown) => position.rotate?.(x as Tensor4D, start) as Tensor4D;
  return program(({ q, k }) => ({ q_rotated: rotate(q), k_rotated: rotate(k) }));
}

function layer(config: ConfigReader, case_: GoldenCase, pairing: RopePairing, base: number) {
  config.described("B", "hidden_size");
  config.expect("scale", (scale) => scale === "1/sqrt(head_dim)");
  config.expect("grouping", (grouping) => String(grouping).includes("floor"));
  const heads = config.number("num_heads");
  const keyValueHeads = config.has("num_kv_heads") ? config.number("num_kv_heads") : heads;
  const length = config.number("N");
  const dModel = golden(case_, "x").shape.at(-1) as number;
  const headDim = config.has("head_dim") ? config.number("head_dim") : dModel / heads;
  const fraction = config.has("rotary_dim") ? config.number("rotary_dim") / headDim : 1;
  const position = rope({ base, pairing, fraction }).build({ dModel, heads, headDim, maxLength: length, seed: 0 });
  const replay = replayLayer({
    attention: full({ implementation: "fused" }),
    heads,
    keyValueHeads,
    headDim,
    length,
    causal: config.flag("causal"),
    position,
  });
  const projection = case_.tensors["o_proj.weight"] === undefined ? "out_proj" : "o_proj";
  return program((tensors) =>
    replay.run(
      { query: tensors["x"]! },
      {
        query: torchWeights(tensors, "q_proj"),
        key: torchWeights(tensors, "k_proj"),
        value: torchWeights(tensors, "v_proj"),
        output: torchWeights(tensors, projection),
      },
    ),
  );
}
