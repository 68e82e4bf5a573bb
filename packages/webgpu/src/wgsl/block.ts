/**
 * Products of 32 x 32 blocks by workgroups of 64 invocations, the building blocks of attention. Invocation (ty, tx) of 8 x 8 owns rows
 * ty + 8 i and columns tx + 8 j of a block of scores, i and j from 0 to 3, in four vectors; or, of a block of output rows, the same rows and
 * four neighbouring columns in each chunk of 32. Operands pass through workgroup memory in chunks of 32 columns, so that any width fits
 * into the 16 KiB that every adapter has.
 */
export const blockSide = 32;
export const blockLanes = 64;

/** Where a block of rows lies: its tensor, the number of row 0 of the sequence in it, the block's first row and the sequence's length. */
export interface RowBlock {
  readonly name: string;
  readonly base: string;
  readonly first: string;
  readonly length: string;
}

/** The WGSL of products of blocks, in one arithmetic. */
export interface Blocks {
  /** Directives of the shader. */
  readonly directives: string;
  /** Declares `block`, 32 x 32 floats, and what the products need. */
  readonly memory: string;
  /** Builtins of the entry point that the products read. */
  readonly builtins: string;
  /** The element of `block` at a row and a column. */
  readonly at: (row: string, column: string) => string;
  /** Declares `<into>0` .. `<into>3`, the products of all rows of `a` with all rows of `b` (the columns). `block` may be overwritten. */
  product(into: string, a: RowBlock, b: RowBlock, width: number): string;
  /**
   * Adds `block` times the rows of `b` to the accumulators. Begins and ends where all invocations agree on `block`, and may leave anything
   * in it.
   */
  accumulate(name: string, b: RowBlock, width: number): string;
}

export const four = [0, 1, 2, 3] as const;
export const chunksOf = (width: number): number => Math.ceil(width / 32);

/** Fills 32 rows of 32 columns of workgroup memory: `store` takes row, quarter of the chunk and the vector `x`. */
export function loadChunk({ name, base, first, length }: RowBlock, chunk: string, store: string): string {
  return `for (var e = lid; e < 256; e += ${blockLanes}) {
  let row = e / 8;
  let quarter = e % 8;
  var x = vec4<f32>(0.0);
  if (${first} + row < ${length}) { x = load_${name}(${base} + ${first} + row, 8 * (${chunk}) + quarter); }
  ${store}
}`;
}

/** Declares the accumulators `<name><chunk>_<i>` of 32 output rows. */
export function accumulators(name: string, width: number): string {
  return eachAccumulator(width, (chunk, i) => `var ${name}${chunk}_${i} = vec4<f32>(0.0);`);
}

/** Multiplies each accumulator by the factor of its row. */
export function rescale(name: string, width: number, factor: (row: string) => string): string {
  return eachAccumulator(width, (chunk, i) => `${name}${chunk}_${i} *= ${factor(`(ty + ${8 * i})`)};`);
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

/** For `eachElement`. */
export const pick = `
fn pick(i: i32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) -> vec4<f32> {
  return select(select(a, b, i == 1), select(c, d, i == 3), i > 1);
}
`;

/**
 * Runs code for each of the 16 pairs of a block which an invocation owns, at row `r` and column `c` of the block, with its product `s` and,
 * if `second` names another, its product `p`. A loop, since 16 copies take drivers seconds to compile. What the code assigns to `later` is
 * left in `later0` .. `later3`.
 */
export function eachElement(first: string, second: string | undefined, body: string): string {
  const picked = (name: string) => `pick(i, ${four.map((i) => `${name}${i}`).join(", ")})`;
  const keep = four.map((i) => `if (i == ${i}) { later${i} = laters; }`).join(" ");
  return `${second === undefined ? "" : four.map((i) => `var later${i} = vec4<f32>(0.0);`).join(" ")}
for (var i = 0; i < 4; i++) {
  let r = ty + 8 * i;
  let firsts = ${picked(first)};
  ${second === undefined ? "" : `let seconds = ${picked(second)};\n  var laters = vec4<f32>(0.0);`}
  for (var j = 0; j < 4; j++) {
    let c = tx + 8 * j;
    let s = firsts[j];
    ${second === undefined ? "" : "let p = seconds[j];\n    var later = 0.0;"}
    ${body}
    ${second === undefined ? "" : "laters[j] = later;"}
  }
  ${second === undefined ? "" : keep}
}`;
}

/** Writes to the block what `eachElement` left for later. */
export function blockOfLater({ at }: Blocks): string {
  return four
    .flatMap((i) => four.map((j) => `${at(`(ty + ${8 * i})`, `tx + ${8 * j}`)} = later${i}[${j}];`))
    .join("\n");
}

function eachAccumulator(width: number, body: (chunk: number, i: number) => string): string {
  return Array.from({ length: chunksOf(width) }, (_, chunk) => four.map((i) => body(chunk, i)).join(" ")).join("\n");
}
