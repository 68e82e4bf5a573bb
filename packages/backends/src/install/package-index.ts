import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { chooseWheel, type IndexedFile, type LinuxMachine, type Requirement } from "./wheel-choice.ts";

const publicIndex = "https://pypi.org/simple";

/** The index that pip would use: PIP_INDEX_URL, or `index-url` of pip's configuration files, or the public one. */
export function indexUrl(): string {
  const { PIP_INDEX_URL, PIP_CONFIG_FILE, XDG_CONFIG_HOME, VIRTUAL_ENV } = process.env;
  if (PIP_INDEX_URL) return PIP_INDEX_URL;
  const home = os.homedir();
  const files = [
    PIP_CONFIG_FILE,
    VIRTUAL_ENV && path.join(VIRTUAL_ENV, "pip.conf"),
    path.join(XDG_CONFIG_HOME || path.join(home, ".config"), "pip", "pip.conf"),
    path.join(home, ".pip", "pip.conf"),
    "/etc/pip.conf",
  ];
  for (const file of files) {
    const configured =
      file && existsSync(file) ? /^\s*index-url\s*=\s*(\S+)/m.exec(readFileSync(file, "utf8"))?.[1] : "";
    if (configured) return configured;
  }
  return publicIndex;
}

/** The files of a project's page, which may be JSON (PEP 691) or HTML (PEP 503). */
export function filesOfPage(page: string, pageUrl: string): IndexedFile[] {
  if (page.trimStart().startsWith("{")) return filesOfJson(JSON.parse(page) as JsonPage, pageUrl);
  return Array.from(
    page.matchAll(/<a\s[^>]*?href="([^"]+)"[^>]*>\s*([^<\s]+)\s*<\/a>/gi),
    ([, href = "", name = ""]) => {
      const url = new URL(href.replaceAll("&amp;", "&"), pageUrl);
      const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
      url.hash = "";
      return { name, url: url.href, ...(sha256 !== undefined && { sha256 }) };
    },
  );
}

interface JsonPage {
  readonly files: readonly { filename: string; url: string; hashes?: { sha256?: string } }[];
}

function filesOfJson({ files }: JsonPage, pageUrl: string): IndexedFile[] {
  return files.map(({ filename, url, hashes }) => ({
    name: filename,
    url: new URL(url, pageUrl).href,
    ...(hashes?.sha256 !== undefined && { sha256: hashes.sha256 }),
  }));
}

/** Finds a wheel in the index. Throws an Error that says whether the index, the project or the wheel is missing. */
export async function findWheel(wanted: Requirement, machine: LinuxMachine): Promise<IndexedFile> {
  const page = `${indexUrl().replace(/\/*$/, "")}/${wanted.project}/`;
  const accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";
  const instead = "fetch the wheel elsewhere and pass it with --wheel FILE";
  const answer = await fetch(page, { headers: { accept } }).catch((error: unknown) => {
    throw new Error(`package index: ${page} cannot be reached (${networkReason(error)}); ${instead}`, { cause: error });
  });
  if (!answer.ok)
    throw new Error(`package index: ${page} must answer with a page, got status ${answer.status}; ${instead}`);
  const wheel = chooseWheel(filesOfPage(await answer.text(), answer.url || page), wanted, machine);
  if (wheel !== undefined) return wheel;
  const { arch, glibc } = machine;
  const what = `${wanted.project} ${wanted.versions}`;
  throw new Error(`package index: ${page} holds no wheel of ${what} for Linux on ${arch} with glibc ${glibc}`);
}

/** Node's fetch says only "fetch failed"; why is in its cause. Behind a proxy it needs to be told so. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message =
    cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
  const proxied =
    Boolean(process.env["HTTPS_PROXY"] || process.env["https_proxy"]) && !process.env["NODE_USE_ENV_PROXY"];
  return proxied ? `${message}; HTTPS_PROXY is set, which Node 24 heeds with NODE_USE_ENV_PROXY=1` : message;
}
