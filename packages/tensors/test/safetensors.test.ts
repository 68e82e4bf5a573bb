import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSafetensors, readSafetensorsMetadata, writeSafetensors, type StoredTensor } from "../src/index.ts";

const golden = new URL("../../../golden/", import.meta.url);
const files = readdirSync(golden).filter((name) => name.endsWith(".safetensors"));

/** A file from parts, to be corrupted. */
function file(header: unknown, data: number): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(new TextEncoder().encode(json), 8);
  return bytes;
}
const entry = (begin: number, end: number, shape = [2], dtype = "F32"): unknown => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("files of the Python package", () => {
  it("are there", () => expect(files.length).toBeGreaterThan(100));

  it.each(files)("%s is read, and written back byte for byte", (name) => {
    const bytes = readFileSync(new URL(name, golden));
    const tensors = readSafetensors(bytes);
    expect(tensors.size).toBeGreaterThan(0);
    expect(Buffer.from(writeSafetensors(tensors)).equals(bytes)).toBe(true);
  });

  it("hold the numbers that their case says: ALiBi's slopes for 8 heads", () => {
    const slopes = readSafetensors(readFileSync(new URL("alibi_8.safetensors", golden))).get("slopes");
    expect([...(slopes?.values ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((power) => 2 ** -power));
  });
});

describe("round trips", () => {
  const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);
  const shape = fc.array(fc.nat(3), { maxLength: 3 });
  const of = (
    dtype: StoredTensor["dtype"],
    make: (n: number) => fc.Arbitrary<StoredTensor["values"]>,
  ): fc.Arbitrary<StoredTensor> =>
    shape.chain((sides) => make(size(sides)).map((values) => ({ dtype, shape: sides, values })));
  const exactly = (n: number): { minLength: number; maxLength: number } => ({ minLength: n, maxLength: n });
  const stored = fc.oneof(
    of("F32", (n) => fc.float32Array(exactly(n))),
    of("F64", (n) => fc.float64Array(exactly(n))),
    of("I32", (n) => fc.int32Array(exactly(n))),
    of("U8", (n) => fc.uint8Array(exactly(n))),
    of("BOOL", (n) => fc.uint8Array({ ...exactly(n), max: 1 })),
    of("I64", (n) => fc.bigInt64Array(exactly(n))),
  );

  it("keep every tensor and the metadata, whatever the names", () => {
    const names = fc.dictionary(
      fc.string().filter((name) => name !== "__metadata__"),
      stored,
    );
    fc.assert(
      fc.property(names, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const bytes = writeSafetensors(Object.entries(tensors), metadata);
        expect(Object.fromEntries(readSafetensors(bytes))).toEqual({ ...tensors });
        expect(readSafetensorsMetadata(bytes)).toEqual({ ...metadata });
      }),
    );
  });

  it("keep every 16-bit pattern of F16 and BF16 but the payload of NaN", () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    for (const dtype of ["F16", "BF16"] as const) {
      const before = file({ x: entry(0, 131_072, [65_536], dtype) }, 131_072);
      before.set(new Uint8Array(halves.buffer), before.length - 131_072);
      const read = readSafetensors(before).get("x");
      const after = writeSafetensors(readSafetensors(before));
      const written = new Uint16Array(after.slice(-131_072).buffer);
      for (const bits of halves) if (!Number.isNaN(read?.values[bits])) expect(written[bits]).toBe(bits);
    }
  });

  it.each([
    [1, 0x3c00],
    [65504, 0x7bff],
    [65519.9, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [-1.5 * 2 ** -24, 0x8002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [Number.NaN, 0x7e00],
  ])("round %f to the half %i", (value, bits) => {
    const bytes = writeSafetensors([["x", { dtype: "F16", shape: [1], values: Float32Array.of(value) }]]);
    expect(new DataView(bytes.buffer).getUint16(bytes.length - 2, true)).toBe(bits);
  });
});

describe("corrupt files get one sentence", () => {
  it.each([
    ["an empty file", new Uint8Array(), "a file begins with 8 bytes of header length, got 0 bytes"],
    [
      "a header longer than the file",
      file("{}", 0).slice(0, 9),
      "the header must fit the file of 9 bytes, got a header of 2",
    ],
    ["a header that is no JSON", file("{nope", 0), "the header must be JSON in UTF-8, got "],
    ["a header that is a list", file([], 0), "the header must be a JSON object, got []"],
    ["an unknown dtype", file({ x: entry(0, 8, [2], "F8") }, 8), '"x" must have a dtype of BOOL, U8, F16, '],
    ["a negative side", file({ x: entry(0, 8, [-2]) }, 8), '"x" must have a shape of non-negative integers, got [-2]'],
    [
      "one offset",
      file({ x: { dtype: "F32", shape: [2], data_offsets: [0] } }, 8),
      '"x" must have two data_offsets, got [0]',
    ],
    ["a shape that disagrees", file({ x: entry(0, 12) }, 12), '"x" (F32 [2]) must span 8 bytes, got offsets 0 to 12'],
    [
      "an overlap",
      file({ x: entry(0, 8), y: entry(4, 12) }, 12),
      '"y" must not overlap the tensor before it, which ends at 8, got offset 4',
    ],
    [
      "a gap",
      file({ x: entry(0, 8), y: entry(12, 20) }, 20),
      '"y" must begin where the tensor before it ends, at 8, got offset 12',
    ],
    [
      "a truncated file",
      file({ x: entry(0, 8) }, 5),
      '"x" must end within the 5 bytes of data (is the file truncated?), got offset 8',
    ],
    ["bytes left over", file({ x: entry(0, 8) }, 9), "the data must end with the last tensor, at 8, got 9 bytes"],
    ["a tensor that is no object", file({ x: 3 }, 0), '"x" must be an object of dtype, shape and data_offsets, got 3'],
  ])("%s", (_, bytes, sentence) => {
    expect(() => readSafetensors(bytes)).toThrow(RangeError);
    expect(() => readSafetensors(bytes)).toThrow(`safetensors: ${sentence}`);
  });

  it("also wherever a good file is cut, and never anything but a RangeError for a changed byte", () => {
    const good = readFileSync(new URL("alibi_8.safetensors", golden));
    fc.assert(
      fc.property(fc.nat(good.length - 1), (end) => {
        expect(() => readSafetensors(good.subarray(0, end))).toThrow(RangeError);
      }),
    );
    fc.assert(
      fc.property(fc.nat(300), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(good);
        changed[at] = value;
        try {
          readSafetensors(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  it("refuses metadata that is not text", () => {
    expect(() => readSafetensorsMetadata(file({ __metadata__: { a: 1 } }, 0))).toThrow(
      "safetensors: __metadata__ must map names to texts",
    );
  });
});

describe("writeSafetensors refuses", () => {
  const values = Float32Array.of(1, 2);
  it.each([
    ["a wrong size", [["x", { dtype: "F32", shape: [3], values }]], '"x" of shape [3] must hold 3 values, got 2'],
    [
      "a wrong array",
      [["x", { dtype: "F64", shape: [2], values }]],
      '"x" (F64) must hold a Float64Array, got a Float32Array',
    ],
    [
      "a name twice",
      [
        ["x", { dtype: "F32", shape: [2], values }],
        ["x", { dtype: "F32", shape: [2], values }],
      ],
      '"x" must come once, got it twice',
    ],
    [
      "the name of the metadata",
      [["__metadata__", { dtype: "F32", shape: [2], values }]],
      '"__metadata__" must not be a tensor\'s name',
    ],
  ] as [string, [string, StoredTensor][], string][])("%s", (_, tensors, sentence) => {
    expect(() => writeSafetensors(tensors)).toThrow(`writeSafetensors: ${sentence}`);
  });
});
