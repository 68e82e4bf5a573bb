import { dilationOf, tileList, type PatternAttentionAttributes } from "@attention-lab/ops";
import { blockSide } from "../wgsl/block.ts";

/** The shape that a plan is made for. */
export interface PlanShape {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** Which blocks of scores a shader visits, in one buffer: the tile list of `@attention-lab/ops`, and what its predicate reads. */
export interface Plan {
  readonly buffer: GPUBuffer;
  readonly batchStride: number;
  readonly headStride: number;
  /** Where in the buffer pairs (tile, flag) begin, masks, dilations by head, and flags of global keys by batch row and key (-1: none). */
  readonly entriesAt: number;
  readonly masksAt: number;
  readonly dilationAt: number;
  readonly globalsAt: number;
}

/** Flags of a tile: the number of its mask, or one of these. */
export const flags = { whole: -1, predicate: -2, absent: -3 } as const;

/** Plans in use: two for each layer of a deep model whose layers all differ. */
const capacity = 64;
const cache = new WeakMap<GPUDevice, Map<string, Plan>>();

/** Only a window or a rule hides whole tiles in ways that a shader could not count itself. */
export function needsPlan({ pattern }: PatternAttentionAttributes): boolean {
  return pattern.window !== undefined || pattern.sparse !== undefined;
}

/** The plan of a pattern at a shape, made once while it is in use. A sparse rule is known by its key. */
export function planOf(
  device: GPUDevice,
  { pattern, queryOffset, globals }: PatternAttentionAttributes,
  shape: PlanShape,
  transposed: boolean,
): Plan {
  const plans = cache.get(device) ?? new Map<string, Plan>();
  cache.set(device, plans);
  const key = JSON.stringify([{ ...pattern, sparse: pattern.sparse?.key }, shape, queryOffset, globals, transposed]);
  const found = plans.get(key);
  plans.delete(key);
  const list = { ...shape, queryOffset, transposed, globals, rowTile: blockSide, columnTile: blockSide };
  const plan = found ?? uploaded(device, tileList(pattern, list), pattern, shape, globals);
  plans.set(key, plan);
  // Not destroyed: commands that were recorded may still read it.
  const [oldest] = plans.keys();
  if (plans.size > capacity && oldest !== undefined) plans.delete(oldest);
  return plan;
}

function uploaded(
  device: GPUDevice,
  list: ReturnType<typeof tileList>,
  pattern: PatternAttentionAttributes["pattern"],
  { batch, heads, keys }: PlanShape,
  globals: PatternAttentionAttributes["globals"],
): Plan {
  const entries = Int32Array.from({ length: 2 * list.tile.length }, (_, i) =>
    i % 2 === 0 ? (list.tile[i >> 1] ?? 0) : flagOf(list, i >> 1),
  );
  const dilations = Int32Array.from({ length: heads }, (_, head) => dilationOf(pattern, head));
  const parts = [list.start, entries, list.masks ?? new Int32Array(), dilations, globalFlags(globals, batch, keys)];
  const starts = parts.map((_, i) => parts.slice(0, i).reduce((words, part) => words + part.length, 0));
  const words = parts.reduce((total, part) => total + part.length, 0);
  const buffer = device.createBuffer({ size: 4 * words, usage: GPUBufferUsage.STORAGE, mappedAtCreation: true });
  const mapped = new Int32Array(buffer.getMappedRange());
  parts.forEach((part, i) => mapped.set(part, starts[i] ?? 0));
  buffer.unmap();
  const [, entriesAt = 0, masksAt = 0, dilationAt = 0, globalsAt = 0] = starts;
  const { batchStride, headStride } = list;
  return {
    buffer,
    batchStride,
    headStride,
    entriesAt,
    masksAt,
    dilationAt,
    globalsAt: globals === undefined ? -1 : globalsAt,
  };
}

function flagOf({ mask, partial }: ReturnType<typeof tileList>, entry: number): number {
  const number = mask?.[entry] ?? -1;
  if (number >= 0) return number;
  return partial[entry] === 1 ? flags.predicate : flags.whole;
}

function globalFlags(globals: PatternAttentionAttributes["globals"], batch: number, keys: number): Int32Array {
  if (globals === undefined) return new Int32Array();
  const found = new Int32Array(batch * keys);
  globals.forEach((positions, b) => positions.forEach((position) => (found[b * keys + position] = 1)));
  return found;
}
