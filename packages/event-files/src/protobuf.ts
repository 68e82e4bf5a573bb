/** The four kinds of protobuf field that an event needs (https://protobuf.dev/programming-guides/encoding). */
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A whole number from 0 to 2^53 - 1 as int64 or enum. */
export function varintField(field: number, value: number): Uint8Array {
  return joined(tag(field, "varint"), varint(value));
}

export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joined(tag(field, "fixed64"), bytes);
}

export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined(tag(field, "fixed32"), bytes);
}

/** A text, or an inner message made of its fields. */
export function bytesField(field: number, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const content = joined(...parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part)));
  return joined(tag(field, "bytes"), varint(content.length), content);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function tag(field: number, type: keyof typeof wireTypes): Uint8Array {
  return varint(field * 8 + wireTypes[type]);
}

/** Groups of 7 bits, the lowest first, the top bit set on all but the last. Division, because shifts end at 32 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
