import type { PatternAttentionAttributes, PatternAttentionInputs } from "@attention-lab/ops";
import { at } from "../kernel.ts";
import { arithmeticOf } from "../precision.ts";
import { type Binding, type Program, reads } from "../program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { type Blocks, blockSide, pick } from "../wgsl/block.ts";
import { blocksOf } from "../wgsl/blocks-of.ts";
import { loadRows, type Rows, rowsBinding } from "../wgsl/tensor.ts";
import { scoreCode } from "./scores.ts";
import { needsPlan, type Plan, planOf } from "./plan.ts";

/** What all shaders of one call of pattern attention share. */
export interface Call {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryTiles: number;
  readonly keyTiles: number;
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
  readonly features: Features;
  /** How blocks are multiplied. */
  readonly blocks: Blocks;
  /** Whether operands are rounded to float16. */
  readonly half: boolean;
  /** Padding, bias and scores by offset: whatever of them the call has. */
  readonly optional: readonly Binding[];
  readonly uniforms: Program["uniforms"];
  /** The plan of a walk along the queries or, transposed, along the keys; undefined where the shader counts tiles itself. */
  plan(transposed: boolean): Plan | undefined;
}

/** What the code of a call has to look at. */
export interface Features {
  readonly causal: boolean;
  readonly window: boolean;
  readonly globals: boolean;
  readonly planned: boolean;
  readonly padding: boolean;
  readonly bias: boolean;
  readonly offsetScores: boolean;
  readonly dropout: boolean;
}

export function callOf(
  inputs: PatternAttentionInputs,
  attrs: PatternAttentionAttributes,
  { device }: CheckedWebGPUBackend,
): Call {
  const { q, k, v, keyPadding, bias, offsetScores } = inputs;
  const [batch, heads, queries, keys] = [at(q, 0), at(q, 1), at(q, 2), at(k, 2)];
  const shape = { batch, heads, queries, keys };
  const { window } = attrs.pattern;
  const arithmetic = arithmeticOf(device);
  return {
    ...shape,
    blocks: blocksOf(arithmetic),
    half: arithmetic.precision === "float16",
    keyValueHeads: at(k, 1),
    queryTiles: Math.ceil(queries / blockSide),
    keyTiles: Math.ceil(keys / blockSide),
    q: { name: "q", of: q, width: at(q, 3) },
    k: { name: "k", of: k, width: at(k, 3) },
    v: { name: "v", of: v, width: at(v, 3) },
    features: {
      causal: attrs.pattern.causal,
      window: window !== undefined,
      globals: window !== undefined && attrs.globals !== undefined,
      planned: needsPlan(attrs),
      padding: keyPadding !== undefined,
      bias: bias !== undefined,
      offsetScores: offsetScores !== undefined,
      dropout: attrs.dropout !== undefined,
    },
    optional: Object.entries({ keyPadding, bias, offsetScores }).flatMap(([name, of]) =>
      of === undefined ? [] : [reads(name, of)],
    ),
    uniforms: uniformsOf(attrs, { ...shape, keyValueHeads: at(k, 1) }),
    plan: (transposed) => (needsPlan(attrs) ? planOf(device, attrs, shape, transposed) : undefined),
  };
}

function uniformsOf(
  { pattern, scale, queryOffset, clip = 0, dropout }: PatternAttentionAttributes,
  sizes: Pick<Call, "batch" | "heads" | "keyValueHeads" | "queries" | "keys">,
): Program["uniforms"] {
  const { batch, heads, keyValueHeads, queries, keys } = sizes;
  const { before = 0, after = 0 } = pattern.window ?? {};
  // A window wider than both sequences is as wide as both.
  const farthest = queries + keys + Math.abs(queryOffset);
  const threshold = Math.min(Math.round((dropout?.rate ?? 0) * 65_536), 65_535);
  return {
    batches: ["i32", batch],
    heads: ["i32", heads],
    keyValueHeads: ["i32", keyValueHeads],
    queries: ["i32", queries],
    keys: ["i32", keys],
    queryTiles: ["i32", Math.ceil(queries / blockSide)],
    keyTiles: ["i32", Math.ceil(keys / blockSide)],
    offset: ["i32", queryOffset],
    before: ["i32", Math.min(before, farthest)],
    after: ["i32", Math.min(after, farthest)],
    clip: ["i32", clip],
    scale: ["f32", scale],
    threshold: ["u32", threshold],
    kept: ["f32", 65_536 / (65_536 - threshold)],
    key0: ["u32", dropout?.key[0] ?? 0],
    key1: ["u32", dropout?.key[1] ?? 0],
    counter2: ["u32", dropout?.counter[0] ?? 0],
    counter3: ["u32", dropout?.counter[1] ?? 0],
  };
}

/** A program over the call: `operands` are read by rows, `others` as they are; its code follows what all shaders share. */
export function attentionProgram(
  call: Call,
  name: string,
  parts: {
    readonly operands: readonly Rows[];
    readonly others: readonly Binding[];
    readonly transposed: boolean;
    readonly code: string;
    readonly workgroups: number;
  },
): Program {
  const plan = call.plan(parts.transposed);
  const { batchStride = 0, headStride = 0, entriesAt = 0, masksAt = 0, dilationAt = 0, globalsAt = 0 } = plan ?? {};
  const places = { batchStride, headStride, entriesAt, masksAt, dilationAt, globalsAt };
  const placed = Object.fromEntries(Object.entries(places).map(([key, value]) => [key, ["i32", value] as const]));
  return {
    name,
    directives: call.blocks.directives,
    bindings: [
      ...parts.others,
      ...parts.operands.map((rows) => rowsBinding(rows, "read")),
      ...call.optional,
      ...(plan === undefined ? [] : [reads("plan", plan.buffer, "i32")]),
    ],
    uniforms: { ...call.uniforms, ...placed },
    code: parts.operands.map(loadRows).join("") + scoreCode(call.features) + pick + call.blocks.memory + parts.code,
    workgroups: parts.workgroups,
  };
}
