import { createWriteStream } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";

/** A member as the central directory tells it (APPNOTE 6.3, section 4.3.12). */
interface Entry {
  readonly name: string;
  readonly compressed: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

/** A zip archive (a Python wheel is one), read straight from the file: members come out one by one, the rest is never unpacked. */
export interface ZipFile {
  readonly names: readonly string[];
  /** Bytes of a member once unpacked; throws when there is none of this name. */
  size(name: string): number;
  /** A small member as text; undefined when there is none of this name. */
  text(name: string): Promise<string | undefined>;
  /** Writes a member to a file in a stream, and checks length and CRC. */
  extract(name: string, to: string): Promise<void>;
  close(): Promise<void>;
}

const endRecord = 0x06_05_4b_50;
const centralHeader = 0x02_01_4b_50;
const endBytes = 22;
/** The end record may be followed by a comment of up to so many bytes. */
const longestComment = 65_535;
/** Sizes beyond are kept elsewhere (zip64), which no wheel of interest needs. */
const zip64 = 0xff_ff_ff_ff;

/** Opens a zip archive. Throws an Error when the file is cut short or is none. */
export async function openZip(file: string): Promise<ZipFile> {
  const handle = await open(file);
  try {
    const entries = await readDirectory(handle, file);
    return zipOf(handle, file, entries);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function zipOf(handle: FileHandle, file: string, entries: ReadonlyMap<string, Entry>): ZipFile {
  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (found === undefined) throw new Error(`${file}: the archive must hold ${name}, got ${entries.size} others`);
    return found;
  };
  return {
    names: [...entries.keys()],
    size: (name) => entry(name).bytes,
    async text(name) {
      const found = entries.get(name);
      if (found === undefined) return undefined;
      const packed = await bytesAt(handle, await contentAt(handle, found), found.packedBytes);
      return (found.compressed ? inflateRawSync(packed) : packed).toString("utf8");
    },
    async extract(name, to) {
      const found = entry(name);
      if (found.packedBytes === 0) return writeFile(to, "");
      const start = await contentAt(handle, found);
      const packed = handle.createReadStream({
        start,
        end: start + found.packedBytes - 1,
        highWaterMark: 2 ** 20,
        autoClose: false,
      });
      const check = checked(`${file}: ${name}`, found);
      const output = createWriteStream(to);
      const done = found.compressed
        ? pipeline(packed, createInflateRaw({ chunkSize: 2 ** 20 }), check, output)
        : pipeline(packed, check, output);
      await done.catch((error: NodeJS.ErrnoException) => {
        // The disk's errors, and the decompressor's, name neither the archive nor the member.
        throw error.code === undefined
          ? error
          : new Error(`${file}: ${name} must come out of the archive, got ${error.message}`, { cause: error });
      });
    },
    close: () => handle.close(),
  };
}

/** Passes chunks on, and fails at the end when they are not what the directory says. */
function checked(what: string, { bytes, crc }: Entry): Transform {
  let length = 0;
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      length += chunk.length;
      sum = crc32(chunk, sum);
      done(undefined, chunk);
    },
    flush(done) {
      done(length === bytes && sum === crc ? undefined : new Error(`${what} came out of the archive damaged`));
    },
  });
}

async function readDirectory(handle: FileHandle, file: string): Promise<Map<string, Entry>> {
  const { size } = await handle.stat();
  const tailBytes = Math.min(size, endBytes + longestComment);
  const tail = await bytesAt(handle, size - tailBytes, tailBytes);
  let end = tail.length - endBytes;
  while (end >= 0 && tail.readUInt32LE(end) !== endRecord) end--;
  if (end < 0) throw new Error(`${file}: must be a complete zip archive, got ${size} bytes without a directory`);
  const [bytes, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (at === zip64 || at + bytes > size)
    throw new Error(`${file}: must be a plain zip archive, got a directory beyond its end`);
  const directory = await bytesAt(handle, at, bytes);
  const entries = new Map<string, Entry>();
  for (let p = 0; p + 46 <= bytes && directory.readUInt32LE(p) === centralHeader;) {
    const nameBytes = directory.readUInt16LE(p + 28);
    const name = directory.toString("utf8", p + 46, p + 46 + nameBytes);
    entries.set(name, {
      name,
      compressed: directory.readUInt16LE(p + 10) !== 0,
      crc: directory.readUInt32LE(p + 16),
      packedBytes: directory.readUInt32LE(p + 20),
      bytes: directory.readUInt32LE(p + 24),
      headerAt: directory.readUInt32LE(p + 42),
    });
    p += 46 + nameBytes + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32);
  }
  return entries;
}

/** A member's own header repeats its name and may have extra fields of another length. */
async function contentAt(handle: FileHandle, { headerAt }: Entry): Promise<number> {
  const header = await bytesAt(handle, headerAt, 30);
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytesAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, at);
  if (bytesRead !== length) throw new Error(`zip archive: ${length} bytes must follow byte ${at}, got ${bytesRead}`);
  return bytes;
}
