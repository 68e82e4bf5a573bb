import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { download } from "../src/install/download.ts";
import { filesOfPage, findWheel, indexUrl } from "../src/install/package-index.ts";
import { chooseWheel } from "../src/install/wheel-choice.ts";

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const sha256 = createHash("sha256").update(content).digest("hex");
const before = { ...process.env };
let folder = "";
let server: Server;
let address = "";
const asked: (string | undefined)[] = [];
/** Bytes after which the server breaks off, and whether it knows ranges. */
const manner = { cut: Number.POSITIVE_INFINITY, ranges: true };

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "attn-download-"));
  asked.length = 0;
  Object.assign(manner, { cut: Number.POSITIVE_INFINITY, ranges: true });
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    if (request.url?.startsWith("/simple/known/") === true) {
      response.setHeader("content-type", "text/html");
      response.end(page);
      return;
    }
    if (request.url?.startsWith("/simple/") === true) {
      response.statusCode = 404;
      response.end();
      return;
    }
    const from = manner.ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    if (from >= content.length) response.writeHead(416).end();
    else {
      const rest = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length });
      if (rest.length > manner.cut)
        response.write(rest.subarray(0, manner.cut), () => setTimeout(() => response.destroy(), 200));
      else response.end(rest);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

const name = "tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
const page = `<!DOCTYPE html><html><body>
<a href="/files/tensorflow_cpu-2.20.0-cp311-cp311-win_amd64.whl">tensorflow_cpu-2.20.0-cp311-cp311-win_amd64.whl</a>
<a data-requires-python="&gt;=3.9" href="../../files/${name}#sha256=${sha256}" data-upload-time="x">${name}</a><br/>
<a href="/files/tensorflow_cpu-2.20.0rc0.tar.gz">tensorflow_cpu-2.20.0rc0.tar.gz</a></body></html>`;
const wanted = { project: "tensorflow-cpu", versions: "==2.20.0" };
const machine = { arch: "x86_64", glibc: "2.36" };

describe("download", () => {
  const file = (sum = sha256) => ({ name: "x.whl", url: `${address}/x.whl`, sha256: sum });

  test("brings a file, tells how far it is, and asks for nothing when it is there", async () => {
    const seen: [number, number | undefined][] = [];
    const at = await download(file(), folder, (bytes, total) => seen.push([bytes, total]));
    expect(readFileSync(at).equals(content)).toBe(true);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(await download(file(), folder)).toBe(at);
    expect(asked).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["x.whl"]);
  });

  test("an interrupted one is continued where it stopped", async () => {
    manner.cut = 100_000;
    await expect(download(file(), folder)).rejects.toThrow(
      /^download: x\.whl stopped after \d+ bytes .*run again to continue$/,
    );
    expect(readdirSync(folder)).toEqual(["x.whl.part"]);
    const have = readFileSync(path.join(folder, "x.whl.part")).length;
    expect(have).toBeGreaterThan(0);
    manner.cut = Number.POSITIVE_INFINITY;
    expect(readFileSync(await download(file(), folder)).equals(content)).toBe(true);
    expect(asked).toEqual([undefined, `bytes=${have}-`]);
  });

  test("a server without ranges starts again, and one whose last byte had come says so", async () => {
    manner.ranges = false;
    writeFileSync(path.join(folder, "x.whl.part"), content.subarray(0, 1000));
    expect(readFileSync(await download(file(), folder)).equals(content)).toBe(true);
    rmSync(path.join(folder, "x.whl"));
    manner.ranges = true;
    writeFileSync(path.join(folder, "x.whl.part"), content);
    expect(readFileSync(await download(file(), folder)).equals(content)).toBe(true);
  });

  test("what has another checksum is thrown away", async () => {
    await expect(download(file("0".repeat(64)), folder)).rejects.toThrow(
      `x.whl must have SHA-256 ${"0".repeat(64)}, got ${sha256}`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the package index", () => {
  test("pages are read as HTML and as JSON, and give the same wheel", () => {
    const url = "https://index.example/simple/tensorflow-cpu/";
    const fromHtml = chooseWheel(filesOfPage(page, url), wanted, machine);
    expect(fromHtml).toEqual({ name, url: `https://index.example/files/${name}`, sha256 });
    const files = [{ filename: name, url: `../../files/${name}`, hashes: { sha256 } }];
    expect(chooseWheel(filesOfPage(JSON.stringify({ files }), url), wanted, machine)).toEqual(fromHtml);
  });

  test("is the one that pip would use", () => {
    for (const key of ["PIP_INDEX_URL", "PIP_CONFIG_FILE", "VIRTUAL_ENV"]) delete process.env[key];
    Object.assign(process.env, { HOME: folder, XDG_CONFIG_HOME: folder });
    expect(indexUrl()).toMatch(/^https?:/);
    const config = path.join(folder, "pip.ini");
    writeFileSync(config, "[global]\ntimeout = 60\nindex-url = https://mirror.example/simple/\n");
    process.env["PIP_CONFIG_FILE"] = config;
    expect(indexUrl()).toBe("https://mirror.example/simple/");
    process.env["PIP_INDEX_URL"] = "https://other.example/simple";
    expect(indexUrl()).toBe("https://other.example/simple");
  });

  test("says which of index, project and wheel is missing", async () => {
    process.env["PIP_INDEX_URL"] = `${address}/simple/`;
    expect((await findWheel({ ...wanted, project: "known" }, machine).catch(String)) as string).toContain(
      `${address}/simple/known/ holds no wheel of known ==2.20.0 for Linux on x86_64 with glibc 2.36`,
    );
    await expect(findWheel(wanted, machine)).rejects.toThrow(
      `package index: ${address}/simple/tensorflow-cpu/ must answer with a page, got status 404; fetch the wheel elsewhere`,
    );
    process.env["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple";
    await expect(findWheel(wanted, machine)).rejects.toThrow(
      /cannot be reached \(.+\); fetch the wheel elsewhere and pass it with --wheel FILE$/,
    );
  });
});
