import { crc32, deflateRawSync, gzipSync } from "node:zlib";

export interface Member {
  readonly name: string;
  readonly content: string;
  readonly stored?: boolean;
  /** What the directory says instead of the true sum. */
  readonly crc?: number;
}

/** A zip archive of these members, with an extra field in the local headers as some writers have, and a comment at its end. */
export function zipOf(members: readonly Member[], comment = ""): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, stored = false, crc } of members) {
    const bytes = Buffer.from(content);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const [nameBytes, extra] = [Buffer.from(name), Buffer.from([0x99, 0x99, 2, 0, 1, 2])];
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04_03_4b_50, 0);
    local.writeUInt16LE(nameBytes.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02_01_4b_50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(crc ?? crc32(bytes), 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(bytes.length, 24);
    central.writeUInt16LE(nameBytes.length, 28);
    central.writeUInt32LE(at, 42);
    directory.push(central, nameBytes);
    parts.push(local, nameBytes, extra, packed);
    at += local.length + nameBytes.length + extra.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06_05_4b_50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, list, end, Buffer.from(comment)]);
}

/** An npm tarball of these files; `type` "2" is a link. */
export function tarballOf(files: readonly { name: string; content: string; type?: string }[]): Buffer {
  const blocks = files.flatMap(({ name, content, type = "0" }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, "0"), 124);
    header.write(type, 156);
    return [header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
