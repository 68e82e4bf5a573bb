import { createReadStream } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { failedPage } from "../failed-page.ts";
import { contentPolicy } from "../page-frame.ts";
import { fileInside } from "./inside.ts";
import type { LiveFolder } from "./open-folder.ts";

export interface ServeOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** How often the folder is looked at, in milliseconds. */
  readonly everyMilliseconds?: number;
}

/** A server that runs. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves one results folder to this machine alone: the page at `/`, its changes at `/events`, the folder's files under `/files/`.
 * Rejects when the port is taken.
 */
export async function serveFolder(
  folder: LiveFolder,
  { port = 0, everyMilliseconds = 1000 }: ServeOptions = {},
): Promise<Served> {
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => answer(folder, listeners, request, response));
  await listen(server, port);
  let told = folder.version();
  const timer = setInterval(() => {
    if (listeners.size === 0) return;
    const now = folder.version();
    // A line that only keeps the connection open shows a browser that the server still lives.
    for (const each of listeners) each.write(now === told ? ":\n\n" : `data: ${now}\n\n`);
    told = now;
  }, everyMilliseconds);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        for (const each of listeners) each.end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new RangeError(`serve: --port must be free, got ${port}, which is in use`)
          : error,
      );
    });
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

/** Every answer forbids that another site frames it, guesses its type, or reads it. */
const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
} as const;

function answer(
  folder: LiveFolder,
  listeners: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const refuse = (status: number, sentence: string) =>
    response.writeHead(status, { ...always, "content-type": "text/plain; charset=utf-8" }).end(`${sentence}\n`);
  if (!isOurHost(request)) return void refuse(421, "serve: the Host header must name this machine's loopback");
  if (request.headers["sec-fetch-site"] === "cross-site") return void refuse(403, "serve: another site may not ask");
  if (request.method !== "GET" && request.method !== "HEAD")
    return void refuse(405, "serve: only GET and HEAD are answered");
  // The path as it was sent: a URL object would resolve its dots before they are looked at.
  const path = (request.url ?? "/").replace(/[?#].*$/, "");
  if (path === "/") return void sendPage(folder, request, response);
  if (path === "/events") return sendEvents(folder, listeners, request, response);
  if (path.startsWith("/trial/")) return sendTrial(folder, path.slice("/trial/".length), response, refuse);
  const file = path.startsWith("/files/") ? fileInside(folder.dir, path.slice("/files/".length)) : undefined;
  if (file === undefined) return void refuse(404, "serve: there is no such file in this folder");
  response.writeHead(200, {
    ...always,
    "content-type": typeOf(file),
    "content-security-policy": "default-src 'none'; sandbox",
  });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
}

/** A site elsewhere may have its name lead to this machine; its requests then carry its name. */
function isOurHost({ headers: { host }, socket: { localPort } }: IncomingMessage): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].some((name) => host === `${name}:${localPort}`);
}

async function sendPage(folder: LiveFolder, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const etag = `"${folder.version()}"`;
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { ...always, etag }).end();
    return;
  }
  const send = (status: number, page: string, more: Readonly<Record<string, string>>) => {
    const policy = { "content-type": "text/html; charset=utf-8", "content-security-policy": contentPolicy(true) };
    response.writeHead(status, { ...always, ...policy, ...more }).end(request.method === "HEAD" ? undefined : page);
  };
  try {
    send(200, await folder.page(), { etag });
  } catch (error) {
    send(500, failedPage(folder.dir, error instanceof Error ? error.message : String(error)), {});
  }
}

/** What one trial opens to, as JSON; read when somebody asks, so that the page need not carry it for all. */
function sendTrial(
  folder: LiveFolder,
  encoded: string,
  response: ServerResponse,
  refuse: (status: number, sentence: string) => unknown,
): void {
  try {
    const detail = folder.trial(decodeURIComponent(encoded));
    if (detail === undefined) return void refuse(404, "serve: there is no such trial in this folder");
    const headers = { ...always, "content-type": "application/json; charset=utf-8" };
    response.writeHead(200, headers).end(JSON.stringify(detail));
  } catch (error) {
    refuse(error instanceof URIError ? 404 : 500, error instanceof Error ? error.message : String(error));
  }
}

function sendEvents(
  folder: LiveFolder,
  listeners: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, { ...always, "content-type": "text/event-stream" });
  response.write(`data: ${folder.version()}\n\n`);
  listeners.add(response);
  request.on("close", () => listeners.delete(response));
}

/** Nothing of a folder runs: what a browser would take for a page is text. */
function typeOf(file: string): string {
  if (file.endsWith(".png")) return "image/png";
  if (file.endsWith(".svg")) return "image/svg+xml";
  if (file.endsWith(".json")) return "application/json; charset=utf-8";
  return "text/plain; charset=utf-8";
}
