import type { TensorInfo } from "@tensorflow/tfjs-core";
import { at } from "../kernel.ts";
import { entry, type Program, reads, writes } from "../program.ts";
import { output, runProgram } from "../run-program.ts";
import type { CheckedWebGPUBackend } from "../webgpu-backend.ts";
import { float32 } from "../precision.ts";
import { accumulators, blockLanes, storeBlock } from "../wgsl/block.ts";
import { blocksOf } from "../wgsl/blocks-of.ts";
import { loadRows, type Rows, rowsBinding, storeRows } from "../wgsl/tensor.ts";

/** Which columns j a row i sums over. */
export type Reach = "all" | "upTo" | "from";

/**
 * out_i = sum over j of (a_i . b_j) c_j: a [B,RH,N,X], b [B,CH,M,X], c [B,CH,M,Y] -> [B,RH,N,Y]. Rows of fewer heads than the columns have sum
 * over all column heads that share them, rows of more heads share columns. O((N + M) X Y): chunk by chunk, whatever lies outside a row's own
 * chunk through the summed state b^T c (Katharopoulos et al. 2020, equation 9, in the chunked form of Hua et al. 2022).
 */
export interface LinearSum {
  readonly name: string;
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly c: TensorInfo;
  readonly reach: Reach;
  /** Columns of the answer that are kept; the width of c unless given. */
  readonly width?: number;
}

/**
 * In float32 whatever the precision of attention: features of one row span more than the range of float16, and states are sums over the
 * whole sequence.
 */
const blocks = blocksOf(float32);

/** Bytes of states beyond which chunks get longer. */
const mostStateBytes = 2 ** 28;

/** Blocks of 32 positions in one chunk: 4, or as many more as it takes that the states of all chunks fit into so many bytes. */
export function chunkTilesOf(length: number, bytesOfOne: number, most: number): number {
  let tiles = 4;
  while (Math.ceil(length / (32 * tiles)) * bytesOfOne > most && 32 * tiles < length) tiles *= 2;
  return tiles;
}

const rowsOf = (name: string, of: TensorInfo): Rows => ({ name, of, width: at(of, 3) });

export function linearSum(backend: CheckedWebGPUBackend, sum: LinearSum): TensorInfo {
  const { a, b, c, reach, name } = sum;
  const [batch, rowHeads, rowLength] = [at(a, 0), at(a, 1), at(a, 2)];
  const [columnHeads, columnLength, inner, outer] = [at(b, 1), at(b, 2), at(b, 3), at(c, 3)];
  const length = reach === "all" ? columnLength : Math.max(rowLength, columnLength);
  const most = Math.min(mostStateBytes, backend.device.limits.maxStorageBufferBindingSize);
  const chunkTiles = chunkTilesOf(length, 4 * batch * columnHeads * inner * outer, most);
  const chunks = Math.ceil(length / (32 * chunkTiles));
  const uniforms: Program["uniforms"] = {
    rowHeads: ["i32", rowHeads],
    columnHeads: ["i32", columnHeads],
    rowLength: ["i32", rowLength],
    columnLength: ["i32", columnLength],
    rowTiles: ["i32", Math.ceil(rowLength / 32)],
    columnTiles: ["i32", Math.ceil(columnLength / 32)],
    chunks: ["i32", chunks],
    chunkTiles: ["i32", chunkTiles],
    stateSize: ["i32", inner * outer],
  };
  const states = output(backend, [batch * columnHeads, chunks, inner, outer]);
  runProgram(backend, stateProgram({ name, b, c, states, uniforms }, batch * columnHeads * chunks));
  runProgram(backend, scanProgram({ name, states, uniforms, reach }, batch * columnHeads));
  const width = sum.width ?? outer;
  const out = output(backend, [batch, rowHeads, rowLength, width]);
  runProgram(backend, outputProgram(sum, { states, out, uniforms }, batch * rowHeads * Math.ceil(rowLength / 32)));
  backend.disposeData(states.dataId);
  return out;
}

interface Stage {
  readonly name: string;
  readonly states: TensorInfo;
  readonly uniforms: Program["uniforms"];
}

/** b^T c of each chunk, 32 of b's columns per workgroup. */
function stateProgram({ name, b, c, states, uniforms }: Stage & Pick<LinearSum, "b" | "c">, groups: number): Program {
  const [inner, outer] = [at(b, 3), at(c, 3)];
  const operands = [rowsOf("c", c)];
  const stored = rowsOf("states", states);
  const tiles = Math.ceil(inner / 32);
  const main = `
  let tile = index % ${tiles};
  let part = (index / ${tiles}) % u.chunks;
  let group = index / (${tiles} * u.chunks);
  let columnBase = group * u.columnLength;
  let stateBase = (group * u.chunks + part) * ${inner};
  let rowFirst = 32 * tile;
  let ty = lid / 8;
  let tx = lid % 8;
  ${accumulators("o", outer)}
  for (var columnTile = u.chunkTiles * part; columnTile < min(u.columnTiles, u.chunkTiles * (part + 1)); columnTile++) {
    let columnFirst = 32 * columnTile;
    for (var e = lid; e < 1024; e += ${blockLanes}) {
      let column = columnFirst + e / 32;
      let feature = rowFirst + e % 32;
      var x = 0.0;
      if (column < u.columnLength && feature < ${inner}) { x = b[(columnBase + column) * ${inner} + feature]; }
      ${blocks.at("(e % 32)", "e / 32")} = x;
    }
    workgroupBarrier();
    ${blocks.accumulate("o", { name: "c", base: "columnBase", first: "columnFirst", length: "u.columnLength" }, outer)}
  }
  ${storeBlock("o", { name: "states", base: "stateBase", first: "rowFirst", length: String(inner) }, outer, () => "1.0")}`;
  return {
    name: `${name}States`,
    bindings: [rowsBinding(stored, "read_write"), reads("b", b), ...operands.map((rows) => rowsBinding(rows, "read"))],
    uniforms,
    code: `${operands.map(loadRows).join("")}${storeRows(stored)}${blocks.memory}${entry(blockLanes, main)}`,
    workgroups: groups * tiles,
  };
}

/** Chunk states become the sums of all earlier ones ("upTo"), all later ones ("from") or, in the first, of all. */
function scanProgram({ name, states, uniforms, reach }: Stage & Pick<LinearSum, "reach">, groups: number): Program {
  const size = at(states, 2) * at(states, 3);
  const place = reach === "from" ? "u.chunks - 1 - i" : "i";
  const main = `
  let blocks = (u.stateSize + ${blockLanes - 1}) / ${blockLanes};
  let e = (index % blocks) * ${blockLanes} + lid;
  if (e >= u.stateSize) { return; }
  var sum = 0.0;
  for (var i = 0; i < u.chunks; i++) {
    let at = ((index / blocks) * u.chunks + ${place}) * u.stateSize + e;
    let own = states[at];
    ${reach === "all" ? "" : "states[at] = sum;"}
    sum += own;
  }
  ${reach === "all" ? "states[(index / blocks) * u.chunks * u.stateSize + e] = sum;" : ""}`;
  return {
    name: `${name}Scan`,
    bindings: [writes("states", states)],
    uniforms,
    code: entry(blockLanes, main),
    workgroups: groups * Math.ceil(size / blockLanes),
  };
}

/** a times the state of what lies outside the chunk, and within it the products themselves. */
function outputProgram(
  { name, a, b, c, reach, width }: LinearSum,
  {
    states,
    out,
    uniforms,
  }: { readonly states: TensorInfo; readonly out: TensorInfo; readonly uniforms: Program["uniforms"] },
  workgroups: number,
): Program {
  const [inner, outer] = [at(a, 3), at(c, 3)];
  const operands = [rowsOf("a", a), rowsOf("b", b), rowsOf("c", c), rowsOf("states", states)];
  const stored: Rows = { name: "out", of: out, width: width ?? outer };
  const rows = { name: "a", base: "rowBase", first: "rowFirst", length: "u.rowLength" };
  const columns = (tensor: string) => ({
    name: tensor,
    base: "columnBase",
    first: "columnFirst",
    length: "u.columnLength",
  });
  const [first, end] =
    reach === "from"
      ? ["tile", "min(u.columnTiles, u.chunkTiles * (part + 1))"]
      : ["u.chunkTiles * part", "min(u.columnTiles, tile + 1)"];
  const within = `for (var columnTile = ${first}; columnTile < ${end}; columnTile++) {
      let columnFirst = 32 * columnTile;
      ${blocks.product("s", rows, columns("b"), inner)}
      ${[0, 1, 2, 3]
        .flatMap((i) =>
          [0, 1, 2, 3].map(
            (j) =>
              `${blocks.at(`(ty + ${8 * i})`, `tx + ${8 * j}`)} = select(0.0, s${i}[${j}], columnFirst + tx + ${8 * j} ${reach === "from" ? ">=" : "<="} rowFirst + ty + ${8 * i});`,
          ),
        )
        .join("\n      ")}
      workgroupBarrier();
      ${blocks.accumulate("o", columns("c"), outer)}
    }`;
  const main = `
  let tile = index % u.rowTiles;
  let rowHead = (index / u.rowTiles) % u.rowHeads;
  let sample = index / (u.rowTiles * u.rowHeads);
  let rowBase = (sample * u.rowHeads + rowHead) * u.rowLength;
  let rowFirst = 32 * tile;
  let part = ${reach === "all" ? "0" : "tile / u.chunkTiles"};
  let ty = lid / 8;
  let tx = lid % 8;
  ${accumulators("o", outer)}
  // Heads of the columns: the one that the row's head shares, or all that share the row's head.
  let shares = u.rowHeads >= u.columnHeads;
  let firstHead = select((rowHead * u.columnHeads + u.rowHeads - 1) / u.rowHeads, (rowHead * u.columnHeads) / u.rowHeads, shares);
  let endHead = select(((rowHead + 1) * u.columnHeads + u.rowHeads - 1) / u.rowHeads, firstHead + 1, shares);
  for (var head = firstHead; head < endHead; head++) {
    let columnBase = (sample * u.columnHeads + head) * u.columnLength;
    let stateBase = ((sample * u.columnHeads + head) * u.chunks + part) * ${inner};
    for (var feature = 0; feature < ${inner}; feature += 32) {
      for (var e = lid; e < 256; e += ${blockLanes}) {
        var x = vec4<f32>(0.0);
        if (rowFirst + e / 8 < u.rowLength) { x = load_a(rowBase + rowFirst + e / 8, feature / 4 + e % 8); }
        ${[0, 1, 2, 3].map((i) => `${blocks.at("(e / 8)", `4 * (e % 8) + ${i}`)} = x[${i}];`).join(" ")}
      }
      workgroupBarrier();
      ${blocks.accumulate("o", { name: "states", base: "stateBase", first: "feature", length: String(inner) }, outer)}
    }
    ${reach === "all" ? "" : within}
  }
  ${storeBlock("o", { ...rows, name: "out" }, outer, () => "1.0")}`;
  return {
    name,
    bindings: [rowsBinding(stored, "read_write"), ...operands.map((operand) => rowsBinding(operand, "read"))],
    uniforms,
    code: `${operands.map(loadRows).join("")}${storeRows(stored)}${blocks.memory}${entry(blockLanes, main)}`,
    workgroups,
  };
}
