/**
 * Products of 32 x 32 blocks by workgroups of 64 invocations, the building blocks of attention. Invocation (ty, tx) of 8 x 8 owns rows
 * ty + 8 i and columns tx + 8 j of a block of scores, i and j from 0 to 3, in four vectors; or, of a block of output rows, the same rows and
 * four neighbouring columns in each chunk of 32. Operands pass through workgroup memory in chunks of 32 columns, so that any width fits
 * into the 16 KiB that every adapter has.
 */
export const blockSide = 32;
export const blockLanes = 64;

/** Vectors between rows of workgroup memory: one more than a chunk has, so that neighbouring rows lie in different banks. */
const stride = 9;

export const blockMemory = `
var<workgroup> left: array<vec4<f32>, ${blockSide * stride}>;
var<workgroup> right: array<vec4<f32>, ${blockSide * stride}>;
var<workgroup> block: array<f32, ${blockSide * 33}>;
`;

const four = [0, 1, 2, 3] as const;
const chunksOf = (width: number): number => Math.ceil(width / 32);

/** Where a block of rows lies: its tensor, the number of row 0 of the sequence in it, the block's first row and the sequence's length. */
export interface RowBlock {
  readonly name: string;
  readonly base: string;
  readonly first: string;
  readonly length: string;
}

function loadChunk(memory: string, { name, base, first, length }: RowBlock, chunk: string): string {
  return `for (var e = lid; e < 256; e += ${blockLanes}) {
  let r = ${first} + e / 8;
  var x = vec4<f32>(0.0);
  if (r < ${length}) { x = load_${name}(${base} + r, 8 * (${chunk}) + e % 8); }
  ${memory}[(e / 8) * ${stride} + e % 8] = x;
}`;
}

/** Declares `<into>0` .. `<into>3`, the products of all rows of `a` with all rows of `b` (the columns). */
export function product(into: string, a: RowBlock, b: RowBlock, width: number): string {
  const dots = four.map((i) => `${into}${i} += vec4<f32>(${four.map((j) => `dot(a${i}, b${j})`).join(", ")});`);
  return `${four.map((i) => `var ${into}${i} = vec4<f32>(0.0);`).join(" ")}
for (var chunk = 0; chunk < ${chunksOf(width)}; chunk++) {
  ${loadChunk("left", a, "chunk")}
  ${loadChunk("right", b, "chunk")}
  workgroupBarrier();
  for (var d = 0; d < 8; d++) {
    ${four.map((i) => `let a${i} = left[(ty + ${8 * i}) * ${stride} + d]; let b${i} = right[(tx + ${8 * i}) * ${stride} + d];`).join("\n    ")}
    ${dots.join("\n    ")}
  }
  workgroupBarrier();
}
`;
}

/** Declares the accumulators `<name><chunk>_<i>` of 32 output rows. */
export function accumulators(name: string, width: number): string {
  return eachAccumulator(width, (chunk, i) => `var ${name}${chunk}_${i} = vec4<f32>(0.0);`);
}

/** Multiplies each accumulator by the factor of its row. */
export function rescale(name: string, width: number, factor: (row: string) => string): string {
  return eachAccumulator(width, (chunk, i) => `${name}${chunk}_${i} *= ${factor(`(ty + ${8 * i})`)};`);
}

/** Adds `block` times the rows of `b` to the accumulators. Begins and ends where all invocations agree on `block`. */
export function accumulate(name: string, b: RowBlock, width: number): string {
  return Array.from(
    { length: chunksOf(width) },
    (_, chunk) => `${loadChunk("right", b, String(chunk))}
workgroupBarrier();
for (var j = 0; j < ${blockSide}; j++) {
  let x = right[j * ${stride} + tx];
  ${four.map((i) => `${name}${chunk}_${i} += block[(ty + ${8 * i}) * 33 + j] * x;`).join("\n  ")}
}
workgroupBarrier();`,
  ).join("\n");
}

/** Stores the accumulators, each times the factor of its row. */
export function storeBlock(
  name: string,
  { name: tensor, base, first, length }: RowBlock,
  width: number,
  factor: (row: string) => string,
): string {
  return eachAccumulator(width, (chunk, i) => {
    const row = `(ty + ${8 * i})`;
    return `if (${first} + ${row} < ${length}) { store_${tensor}(${base} + ${first} + ${row}, ${8 * chunk} + tx, ${name}${chunk}_${i} * ${factor(row)}); }`;
  });
}

/**
 * Runs code for each of the 16 pairs of a block which an invocation owns, at row `r` and column `c` of the block, with its product `s` and,
 * if `second` names another, its product `p`. A loop, since 16 copies take drivers seconds to compile: the products pass through the
 * invocation's own part of `left` and `right`, and what the code assigns to `later` is left in `left`.
 */
export function eachElement(first: string, second: string | undefined, body: string): string {
  const stash = four.map((i) => `left[4 * lid + ${i}] = ${first}${i};`);
  const other = second === undefined ? [] : four.map((i) => `right[4 * lid + ${i}] = ${second}${i};`);
  return `${[...stash, ...other].join(" ")}
for (var i = 0; i < 4; i++) {
  let r = ty + 8 * i;
  let firsts = left[4 * lid + i];
  ${second === undefined ? "" : "let seconds = right[4 * lid + i];\n  var laters = vec4<f32>(0.0);"}
  for (var j = 0; j < 4; j++) {
    let c = tx + 8 * j;
    let s = firsts[j];
    ${second === undefined ? "" : "let p = seconds[j];\n    var later = 0.0;"}
    ${body}
    ${second === undefined ? "" : "laters[j] = later;"}
  }
  ${second === undefined ? "" : "left[4 * lid + i] = laters;"}
}`;
}

/** Writes to the block what `eachElement` left for later. */
export const blockOfLater = `for (var i = 0; i < 4; i++) {
  let laters = left[4 * lid + i];
  for (var j = 0; j < 4; j++) { block[(ty + 8 * i) * 33 + tx + 8 * j] = laters[j]; }
}`;

function eachAccumulator(width: number, body: (chunk: number, i: number) => string): string {
  return Array.from({ length: chunksOf(width) }, (_, chunk) => four.map((i) => body(chunk, i)).join(" ")).join("\n");
}
