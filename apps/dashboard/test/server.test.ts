import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { type OpenFolderOptions, openFolder, serveFolder } from "@attention-lab/dashboard/server";
import { StudyFolder } from "@attention-lab/results";
import type { TrialDetail } from "@attention-lab/dashboard";
import { expect, onTestFinished, test } from "vitest";
import { costFolder } from "./cost-folder.ts";
import { studyFolder } from "./study-folder.ts";

async function served(dir: string, options: OpenFolderOptions = {}) {
  const server = await serveFolder(await openFolder(dir, options), { everyMilliseconds: 50 });
  onTestFinished(() => server.close());
  return server.url;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request whose path goes out as it is written: fetch would resolve its dots. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, headers, method }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => void (text += part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on("error", reject).end();
  });
}

test("serves the page with a policy that asks its server alone, and tells when nothing has changed", async () => {
  const { dir } = await costFolder();
  const url = await served(dir);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const { status, headers, text } = await ask(url, "/");
  expect(status).toBe(200);
  expect(text).toContain("linformer overtakes full at");
  expect(headers["content-security-policy"]).toMatch(
    /default-src 'none'.*script-src 'sha256-[^;]*; img-src data:; connect-src 'self'$/,
  );
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["access-control-allow-origin"]).toBeUndefined();
  expect((await ask(url, "/", { "if-none-match": headers.etag ?? "" })).status).toBe(304);
});

test("serves that folder only: no way out by dots, encodings, absolute names or links", async () => {
  const { dir, outside } = await costFolder();
  writeFileSync(join(outside, "secret.txt"), "secret");
  mkdirSync(join(outside, "run-other"));
  writeFileSync(join(outside, "run-other", "x.txt"), "secret");
  symlinkSync(join(outside, "secret.txt"), join(dir, "link.txt"));
  symlinkSync(outside, join(dir, "up"));
  symlinkSync(join(dir, "log.jsonl"), join(dir, "inner.txt"));
  writeFileSync(join(dir, "page.html"), "<script>alert(1)</script>");
  writeFileSync(join(dir, ".hidden"), "secret");
  const url = await served(dir);
  const outsidePaths = [
    "/files/../secret.txt",
    "/files/..%2fsecret.txt",
    "/files/%2e%2e/secret.txt",
    "/files/%2e%2e%2fsecret.txt",
    "/files/x/../../secret.txt",
    "/files/..\\secret.txt",
    "/files/..%5csecret.txt",
    "/files//etc/passwd",
    "/files/%2fetc%2fpasswd",
    "/files/link.txt",
    "/files/up/secret.txt",
    "/files/../run-other/x.txt",
    "/files/log.jsonl%00.txt",
    "/files/%",
    "/files/.hidden",
    "/files/",
    "/secret.txt",
    "/../secret.txt",
  ];
  for (const path of outsidePaths) {
    const { status, text } = await ask(url, path);
    expect([status, text], path).toEqual([404, "serve: there is no such file in this folder\n"]);
  }
  expect((await ask(url, "/files/inner.txt")).text).toBe((await ask(url, "/files/log.jsonl")).text);
  const page = await ask(url, "/files/page.html");
  expect(page.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(page.headers["content-security-policy"]).toContain("sandbox");
});

test("answers this machine's names only, other sites not at all, and changes nothing", async () => {
  const { dir } = await costFolder();
  const url = await served(dir);
  const { port } = new URL(url);
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    "127.0.0.1:1",
    `127.0.0.1:${port}.evil.example`,
  ])
    expect((await ask(url, "/", { host })).status, host).toBe(421);
  expect((await ask(url, "/", { host: `localhost:${port}` })).status).toBe(200);
  expect((await ask(url, "/", { "sec-fetch-site": "cross-site" })).status).toBe(403);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await ask(url, "/", {}, method)).status).toBe(405);
});

test("tells its listeners when the folder has changed, and then shows the new state", async () => {
  const { dir, more } = await costFolder({}, 200);
  const url = await served(dir);
  expect((await ask(url, "/")).text).toContain("Not finished");
  const events = await fetch(new URL("events", url));
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const versions: string[] = [];
  const next = async () => {
    while (reader) {
      const { value = "", done } = await reader.read();
      const [, version] = /^data: (.*)$/m.exec(value) ?? [];
      if (version !== undefined) versions.push(version);
      if (done || version !== undefined) return;
    }
  };
  await next();
  more();
  await next();
  expect(new Set(versions).size).toBe(2);
  expect((await ask(url, "/")).text).not.toContain("Not finished");
  await reader?.cancel();
});

test("a second folder is shown beside the first, and one of another kind is refused", async () => {
  const { dir } = await costFolder();
  const other = await costFolder({ seed: 2 });
  const { text } = await ask(await served(dir, { overlay: other.dir }), "/");
  expect(text).toContain("B is neither better nor worse");
  await expect(openFolder(dir, { overlay: studyFolder() })).rejects.toThrow("must be a folder of the same kind");
  await expect(openFolder(join(dir, "nowhere"))).rejects.toThrow("there is no");
});

test("a study has a page of its own: curves, the front of quality and cost, logs of what failed", async () => {
  const dir = studyFolder();
  const { text } = await ask(await served(dir, { overlay: studyFolder({ shift: 0.5 }) }), "/");
  expect(text).toContain("Which variant learns best?");
  expect(text).toMatch(/has the best loss, 2\.\d+; \d of 3 are beaten by none in both/);
  expect(text).toContain("1 of 6 trials failed.");
  expect(text).not.toMatch(/<b>local|<script>no/);
  expect(text).toContain("B is worse in all points loss 1.21");
  expect(text).toContain("Not finished: 4 of 6 trials are.");
});

test("one trial of a study is told when it is asked for, and nothing else by that way", async () => {
  const dir = studyFolder();
  const url = await served(dir);
  const [first] = StudyFolder.open(dir).trials();
  const { status, headers, text } = await ask(url, `/trial/${first?.id}`);
  expect([status, headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  expect((JSON.parse(text) as TrialDetail).series.map(({ name, y }) => [name, y.length])).toEqual([["loss", 20]]);
  for (const path of ["/trial/", "/trial/..", "/trial/%2e%2e%2fstudy.json", "/trial/%", "/trial/x%00", "/trial/a/b"])
    expect((await ask(url, path)).status, path).toBe(404);
  const cost = await costFolder();
  expect((await ask(await served(cost.dir), `/trial/${first?.id}`)).status).toBe(404);
});

test("a folder that became unreadable has a page that says so, without code from its sentence", async () => {
  const dir = studyFolder();
  const url = await served(dir);
  writeFileSync(join(dir, "study.json"), '<script>alert(1)</script>"');
  await expect.poll(async () => (await ask(url, "/")).status).toBe(500);
  const { text, headers } = await ask(url, "/");
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(text).toContain("This folder cannot be shown now");
  expect(text).toMatch(/study\.json is not JSON/);
  expect(text).not.toContain("<script>alert");
});

test("it ends at once though browsers listen", async () => {
  const { dir } = await costFolder();
  const server = await serveFolder(await openFolder(dir), { everyMilliseconds: 50 });
  const events = await fetch(new URL("events", server.url));
  const rest = events.text().catch(() => "cut");
  await server.close();
  expect(await rest).toMatch(/^data: |^cut$/);
  await expect(fetch(server.url)).rejects.toThrow();
});

test("a port that is taken is said in a sentence", async () => {
  const { dir } = await costFolder();
  const folder = await openFolder(dir);
  const port = Number(new URL(await served(dir)).port);
  await expect(serveFolder(folder, { port })).rejects.toThrow(
    `serve: --port must be free, got ${port}, which is in use`,
  );
});
