import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventFile } from "@attention-lab/event-files";
import { crc32c, maskedCrc32c } from "../src/crc32c.ts";
import { readEvent } from "./event-proto.ts";
import { frames } from "./frames.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "events-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the checksum has the published values (RFC 3720, appendix B.4)", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  // The first 8 bytes of a record of length 24 in TensorFlow's own files.
  expect(maskedCrc32c(Uint8Array.from([24, 0, 0, 0, 0, 0, 0, 0]))).toBe(0x224b7fa3);
});

test("a parser that knows the messages' definition reads back what was written", () => {
  const file = new EventFile({ folder, now: () => 1_700_000_000.25 });
  file.scalars(1, { "train/loss": 2.5, "train/learning rate": 1e-3 });
  file.scalars(300, { "validation/größe": Number.NaN });
  file.scalars(2 ** 40, { x: -Infinity });
  file.close();
  const wall_time = 1_700_000_000.25;
  expect(frames(readFileSync(file.path)).map(readEvent)).toEqual([
    { wall_time, file_version: "brain.Event:2" },
    { wall_time, session_log: { status: "START" } },
    {
      wall_time,
      step: 1,
      summary: {
        value: [
          { tag: "train/loss", simple_value: 2.5 },
          { tag: "train/learning rate", simple_value: Math.fround(1e-3) },
        ],
      },
    },
    { wall_time, step: 300, summary: { value: [{ tag: "validation/größe", simple_value: Number.NaN }] } },
    { wall_time, step: 2 ** 40, summary: { value: [{ tag: "x", simple_value: -Infinity }] } },
  ]);
});

test("a file of a continued run says from which step it knows better, and the first that it is the first", () => {
  const file = new EventFile({ folder, firstStep: 51 });
  file.close();
  expect(readEvent(frames(readFileSync(file.path))[1] ?? new Uint8Array())).toMatchObject({
    step: 51,
    session_log: { status: "START" },
  });
});

test("files have names of their own, in the order in which they were made", () => {
  const made = [1, 2, 3].map(() => {
    const file = new EventFile({ folder, now: () => 1_700_000_001 });
    file.close();
    return file.path;
  });
  expect(new Set(made).size).toBe(3);
  expect(readdirSync(folder).every((name) => name.startsWith("events.out.tfevents.17") || name.length > 30)).toBe(true);
});

test("a folder that is not there is the file system's error", () => {
  expect(() => new EventFile({ folder: join(folder, "none") })).toThrow("ENOENT");
});
