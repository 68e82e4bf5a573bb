/** What a safetensors file holds, and how its bytes become typed arrays. Little-endian, like the format and every platform of Node. */

export type StoredDtype = "F32" | "F64" | "I32" | "U8" | "BOOL" | "F16" | "BF16" | "I64";
export type StoredValues = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

/** F16 and BF16 are held widened to float32; BOOL as bytes 0 and 1. */
export interface StoredTensor {
  readonly dtype: StoredDtype;
  readonly shape: number[];
  readonly values: StoredValues;
}

interface Form {
  readonly bytes: number;
  /** The safetensors library's order of dtypes: files list wide types first. */
  readonly rank: number;
  /** The array type of `values`. */
  readonly holds: new (buffer: ArrayBuffer) => StoredValues;
  decode(bytes: ArrayBuffer): StoredValues;
  encode(values: StoredValues): Uint8Array;
}

const raw = (values: StoredValues): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

export const forms: Readonly<Record<StoredDtype, Form>> = {
  BOOL: { bytes: 1, rank: 0, holds: Uint8Array, decode: (bytes) => new Uint8Array(bytes), encode: raw },
  U8: { bytes: 1, rank: 1, holds: Uint8Array, decode: (bytes) => new Uint8Array(bytes), encode: raw },
  F16: {
    bytes: 2,
    rank: 2,
    holds: Float32Array,
    decode: (bytes) => widened(bytes, halfToFloat),
    encode: (v) => narrowed(v, floatToHalf),
  },
  BF16: {
    bytes: 2,
    rank: 3,
    holds: Float32Array,
    decode: (bytes) => widened(bytes, bfloatToFloat),
    encode: (v) => narrowed(v, floatToBfloat),
  },
  I32: { bytes: 4, rank: 4, holds: Int32Array, decode: (bytes) => new Int32Array(bytes), encode: raw },
  F32: { bytes: 4, rank: 5, holds: Float32Array, decode: (bytes) => new Float32Array(bytes), encode: raw },
  F64: { bytes: 8, rank: 6, holds: Float64Array, decode: (bytes) => new Float64Array(bytes), encode: raw },
  I64: { bytes: 8, rank: 7, holds: BigInt64Array, decode: (bytes) => new BigInt64Array(bytes), encode: raw },
};

export const isStoredDtype = (name: unknown): name is StoredDtype =>
  typeof name === "string" && Object.hasOwn(forms, name);

function widened(bytes: ArrayBuffer, widen: (half: number) => number): Float32Array {
  return Float32Array.from(new Uint16Array(bytes), widen);
}

function narrowed(values: StoredValues, narrow: (value: number) => number): Uint8Array {
  const halves = Uint16Array.from(values as Float32Array, narrow);
  return new Uint8Array(halves.buffer);
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds to nearest, ties to even. */
function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  // Counted in units of the last place; a carry into the next exponent comes out right by addition.
  const units = roundHalfEven(size * 2 ** (10 - exponent));
  return sign | (units + (exponent + 14) * 1024);
}

/** The upper half of a float32. */
function bfloatToFloat(half: number): number {
  bits[0] = half << 16;
  return float[0] ?? 0;
}

function floatToBfloat(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  float[0] = value;
  return roundHalfEven((bits[0] ?? 0) / 0x10000);
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
