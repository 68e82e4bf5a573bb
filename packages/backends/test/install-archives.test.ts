import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { assert as assertProperty, asyncProperty, record, string, uniqueArray, boolean } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackTarball } from "../src/install/tarball.ts";
import { openZip } from "../src/install/zip-file.ts";
import { tarballOf, zipOf } from "./archives.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), "attn-archives-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string, bytes: Buffer): string => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
};

test("a member comes out as it went in, compressed or not, behind a comment", async () => {
  const library = "library ".repeat(100_000);
  const members = [
    { name: "a/lib.so.2", content: library },
    { name: "a/include/c_api.h", content: "#include <x>\n", stored: true },
    { name: "a/empty", content: "", stored: true },
  ];
  const archive = await openZip(place("one.whl", zipOf(members, "a comment with PK in it")));
  expect(archive.names).toEqual(members.map(({ name }) => name));
  expect(archive.size("a/lib.so.2")).toBe(library.length);
  expect(await archive.text("a/include/c_api.h")).toBe("#include <x>\n");
  expect(await archive.text("a/nothing")).toBeUndefined();
  for (const [i, { name, content }] of members.entries()) {
    const to = path.join(folder, `member-${i}`);
    await archive.extract(name, to);
    expect(readFileSync(to, "utf8")).toBe(content);
  }
  await expect(archive.extract("b", path.join(folder, "b"))).rejects.toThrow("the archive must hold b, got 3 others");
  await archive.close();
});

test("archives of any members", () =>
  assertProperty(
    asyncProperty(
      uniqueArray(record({ name: string({ minLength: 1 }), content: string(), stored: boolean() }), {
        selector: ({ name }) => name,
      }),
      async (members) => {
        const archive = await openZip(place("any.zip", zipOf(members)));
        for (const { name, content } of members) expect(await archive.text(name)).toBe(content);
        expect(archive.names).toHaveLength(members.length);
        await archive.close();
      },
    ),
    { numRuns: 50 },
  ));

test("a damaged member, a cut archive and no archive are told apart from good ones", async () => {
  const good = zipOf([{ name: "x", content: "content" }]);
  const damaged = await openZip(place("damaged", zipOf([{ name: "x", content: "content", crc: 7 }])));
  await expect(damaged.extract("x", path.join(folder, "x"))).rejects.toThrow("x came out of the archive damaged");
  await damaged.close();
  const torn = Buffer.from(good);
  torn.fill(0xff, 37, 42);
  const unpackable = await openZip(place("torn", torn));
  await expect(unpackable.extract("x", path.join(folder, "x"))).rejects.toThrow(
    /torn: x must come out of the archive, got invalid/,
  );
  await expect(unpackable.extract("x", path.join(folder, "nowhere", "x"))).rejects.toThrow(
    /torn: x must come out of the archive, got ENOENT/,
  );
  await unpackable.close();
  const cut = place("cut.whl", good.subarray(0, good.length - 30));
  await expect(openZip(cut)).rejects.toThrow(/cut\.whl: must be a complete zip archive, got \d+ bytes/);
  await expect(openZip(place("page.whl", Buffer.from("<html>")))).rejects.toThrow("must be a complete zip archive");
  const shifted = Buffer.from(good);
  shifted.writeUInt32LE(0xff_ff_ff_ff, good.length - 6);
  await expect(openZip(place("zip64", shifted))).rejects.toThrow("must be a plain zip archive");
});

test("of a tarball only plain files inside the folder are written", () => {
  const files = [
    { name: "package/index.js", content: "module.exports = 1;\n" },
    { name: "package/dist/deep/x.txt", content: "x".repeat(1000) },
    { name: "../outside", content: "no" },
    { name: "package/link", content: "", type: "2" },
  ];
  const to = path.join(folder, "unpacked");
  unpackTarball(place("p.tgz", tarballOf(files)), to);
  expect(readFileSync(path.join(to, "package/index.js"), "utf8")).toBe("module.exports = 1;\n");
  expect(readFileSync(path.join(to, "package/dist/deep/x.txt"), "utf8")).toHaveLength(1000);
  expect(existsSync(path.join(folder, "outside"))).toBe(false);
  expect(existsSync(path.join(to, "package/link"))).toBe(false);
});
