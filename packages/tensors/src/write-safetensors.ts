/** Writing safetensors, byte for byte like the Python package: wide dtypes first, then by name, the header padded to 8 bytes. */
import { forms, type StoredTensor } from "./stored-tensor.ts";

/**
 * A whole file. Throws a RangeError when a name comes twice, and when the values of a tensor disagree with its dtype or shape. F16 and
 * BF16 values are rounded to nearest, ties to even.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata?: Record<string, string>,
): Uint8Array {
  const entries = [...tensors].toSorted(fileOrder);
  const chunks = entries.map(([name, tensor], index) => {
    check(name, tensor, entries[index - 1]?.[0]);
    return forms[tensor.dtype].encode(tensor.values);
  });
  const fields = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  let end = 0;
  for (const [index, [name, { dtype, shape }]] of entries.entries()) {
    const begin = end;
    end += chunks[index]?.length ?? 0;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  const header = padded(new TextEncoder().encode(`{${fields.join(",")}}`));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const chunk of chunks) {
    file.set(chunk, offset);
    offset += chunk.length;
  }
  return file;
}

type Named = readonly [string, StoredTensor];

/** Wide dtypes first keeps every tensor aligned to its own width. */
function fileOrder([nameA, a]: Named, [nameB, b]: Named): number {
  return forms[b.dtype].rank - forms[a.dtype].rank || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0);
}

function check(name: string, { dtype, shape, values }: StoredTensor, previous: string | undefined): void {
  const who = `writeSafetensors: ${JSON.stringify(name)}`;
  const size = shape.reduce((product, side) => product * side, 1);
  const { holds } = forms[dtype];
  if (name === "__metadata__") throw new RangeError(`${who} must not be a tensor's name, got one`);
  if (name === previous) throw new RangeError(`${who} must come once, got it twice`);
  if (!(values instanceof holds)) {
    throw new RangeError(`${who} (${dtype}) must hold a ${holds.name}, got a ${values.constructor.name}`);
  }
  if (values.length !== size) {
    throw new RangeError(`${who} of shape [${shape.join(",")}] must hold ${size} values, got ${values.length}`);
  }
}

function padded(header: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20);
  result.set(header);
  return result;
}
