import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, type Page, chromium } from "playwright-core";
import { afterAll, expect, onTestFinished } from "vitest";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** A Chromium on this machine: CHROMIUM_PATH, or one on the PATH. */
export const chromiumPath = [
  process.env["CHROMIUM_PATH"] ?? "",
  ...(process.env["PATH"] ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
].find((path) => path !== "" && existsSync(path));

/** What a skipped test says. */
export const withoutChromium =
  chromiumPath === undefined ? " (skipped: no Chromium; apt-get install chromium, or set CHROMIUM_PATH)" : "";

let browser: Browser | undefined;
afterAll(() => browser?.close());

/**
 * Opens an address in a fresh window; a complaint of the browser (an error, a refused request, a broken policy) fails the test, unless the test
 * provokes it and says so.
 */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
  { ignoring }: { readonly ignoring?: RegExp } = {},
): Promise<Page> {
  browser ??= await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("request", (asked) => {
    const origin = new URL(url).origin;
    if (!asked.url().startsWith("data:") && new URL(asked.url()).origin !== origin)
      complaints.push(`asked for ${asked.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints.filter((complaint) => ignoring?.test(complaint) !== true)).toEqual([]);
  });
  await page.goto(url);
  return page;
}
