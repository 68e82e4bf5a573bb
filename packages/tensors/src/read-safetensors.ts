/** Reading safetensors (https://github.com/huggingface/safetensors, "Format"): 8 bytes of header length, a JSON header, the data. */
import { forms, isStoredDtype, type StoredTensor } from "./stored-tensor.ts";

interface Entry {
  readonly name: string;
  readonly dtype: StoredTensor["dtype"];
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * All tensors of a file by name, in the header's order, each with an array of its own. Throws a RangeError of one sentence for a file
 * that is truncated or corrupt: wrong lengths, offsets that overlap or leave gaps, a shape that disagrees with its bytes.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, StoredTensor> {
  const { header, data } = parts(bytes);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => entryOf(name, value));
  checkLayout(entries, data.length);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => {
      // slice copies, so that the view is aligned and the file's buffer can go.
      const own = new Uint8Array(data.subarray(begin, end)).buffer;
      return [name, { dtype, shape, values: forms[dtype].decode(own) }] as const;
    }),
  );
}

/** The file's free-form `__metadata__`: texts by name, empty when there is none. */
export function readSafetensorsMetadata(bytes: Uint8Array): Record<string, string> {
  const metadata = parts(bytes).header["__metadata__"] ?? {};
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw corrupt("__metadata__ must map names to texts", JSON.stringify(metadata).slice(0, 60));
  }
  return metadata as Record<string, string>;
}

function parts(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8) throw corrupt("a file begins with 8 bytes of header length", `${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > bytes.length - 8)
    throw corrupt(`the header must fit the file of ${bytes.length} bytes`, `a header of ${length}`);
  return { header: parsed(bytes.subarray(8, 8 + length)), data: bytes.subarray(8 + length) };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw corrupt("the header must be JSON in UTF-8", error instanceof Error ? error.message : String(error));
  }
  if (!isRecord(header)) throw corrupt("the header must be a JSON object", JSON.stringify(header).slice(0, 60));
  return header;
}

function entryOf(name: string, value: unknown): Entry {
  const who = JSON.stringify(name);
  if (!isRecord(value))
    throw corrupt(`${who} must be an object of dtype, shape and data_offsets`, JSON.stringify(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isStoredDtype(dtype)) {
    throw corrupt(`${who} must have a dtype of ${Object.keys(forms).join(", ")}`, JSON.stringify(dtype));
  }
  if (!isCounts(shape)) throw corrupt(`${who} must have a shape of non-negative integers`, JSON.stringify(shape));
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw corrupt(`${who} must have two data_offsets`, JSON.stringify(offsets));
  }
  const [begin = 0, end = 0] = offsets;
  const wanted = shape.reduce((product, side) => product * side, forms[dtype].bytes);
  if (end - begin !== wanted) {
    throw corrupt(`${who} (${dtype} [${shape.join(",")}]) must span ${wanted} bytes`, `offsets ${begin} to ${end}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must cover the data exactly: no gap, no overlap, no byte left over. */
function checkLayout(entries: readonly Entry[], length: number): void {
  let reached = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const who = JSON.stringify(name);
    if (begin < reached)
      throw corrupt(`${who} must not overlap the tensor before it, which ends at ${reached}`, `offset ${begin}`);
    if (begin > reached)
      throw corrupt(`${who} must begin where the tensor before it ends, at ${reached}`, `offset ${begin}`);
    if (end > length)
      throw corrupt(`${who} must end within the ${length} bytes of data (is the file truncated?)`, `offset ${end}`);
    reached = end;
  }
  if (reached !== length) throw corrupt(`the data must end with the last tensor, at ${reached}`, `${length} bytes`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);

/** The file's own words are quoted as they are, unlike `invalid`'s values. */
function corrupt(rule: string, got: string | undefined): RangeError {
  return new RangeError(`safetensors: ${rule}, got ${got ?? "nothing"}`);
}
