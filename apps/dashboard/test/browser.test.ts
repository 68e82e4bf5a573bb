import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { renderPage } from "@attention-lab/dashboard";
import { openFolder, serveFolder } from "@attention-lab/dashboard/server";
import { drawFigures } from "@attention-lab/results";
import { expect, onTestFinished, test, vi } from "vitest";
import { failing, syntheticReport } from "../../../packages/results/test/synthetic.ts";
import { chromiumPath, openPage, withoutChromium } from "./chromium.ts";
import { costFolder } from "./cost-folder.ts";
import { manyTrials } from "./many-trials.ts";
import { studyFolder } from "./study-folder.ts";

// A browser on a busy machine starts slowly.
vi.setConfig({ testTimeout: 240_000 });
const inChromium = test.skipIf(chromiumPath === undefined);
/** Where to put pictures for people to look at; none when it is not set. */
const pictures = process.env["ATTN_SCREENSHOTS"];
const report = syntheticReport({ change: failing("full", 8192, "time-limit", "took longer than 60 s") });

async function shown(dir: string, overlay?: string): Promise<string> {
  const folder = await openFolder(dir, overlay === undefined ? {} : { overlay });
  const server = await serveFolder(folder, { everyMilliseconds: 50 });
  onTestFinished(() => server.close());
  return server.url;
}

inChromium(
  `a page on a disk works without a server: phases, sorting, a trial, the address${withoutChromium}`,
  async () => {
    const { outside } = await costFolder();
    const file = join(outside, "page.html");
    writeFileSync(file, renderPage(report, { figures: drawFigures(report) }));
    const page = await openPage(pathToFileURL(file).href);
    await page.keyboard.press("2");
    expect(await page.locator("h1:visible").textContent()).toMatch(/^linformer overtakes full/);
    expect(page.url()).toContain("#phase=step");
    await page.locator("#variants-step thead button").nth(1).click();
    await page.keyboard.press("/");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("trials-find");
    await page.locator("#trials [name=status]").selectOption("time limit");
    expect(await page.locator("#trials-count").textContent()).toBe("2 of 60 shown");
    await page.locator("#trials tbody tr[data-trial]").first().click();
    expect(await page.locator("#trial-detail").textContent()).toContain("took longer than 60 s");
    const again = await openPage(page.url());
    expect(await again.locator("#trials-count").textContent()).toBe("2 of 60 shown");
    expect(await again.locator("#trial-detail").textContent()).toContain("took longer than 60 s");
    expect(await again.locator("#variants-step th[aria-sort]").count()).toBe(1);
  },
);

inChromium(
  `ten thousand trials: a screenful of rows, all of them reached by wheel and keyboard${withoutChromium}`,
  async () => {
    const { outside } = await costFolder();
    const file = join(outside, "page.html");
    writeFileSync(file, renderPage(manyTrials(report, 167)));
    const page = await openPage(pathToFileURL(file).href);
    const rows = page.locator("#trials tbody tr[data-trial]");
    expect(await page.locator("#trials-count").textContent()).toBe("10020 of 10020 shown");
    expect(await rows.count()).toBeLessThan(80);
    const box = page.locator("#trials-scroll");
    await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await expect.poll(() => rows.last().getAttribute("aria-rowindex")).toBe("10020");
    await rows.last().locator("button").focus();
    await page.keyboard.press("PageUp");
    const place = await page.evaluate(() => document.activeElement?.closest("tr")?.getAttribute("aria-rowindex"));
    expect(Number(place)).toBe(10005);
    await page.locator("#trials [name=trial]").fill("100-");
    expect(await page.locator("#trials-count").textContent()).toBe("60 of 10020 shown");
  },
);

inChromium(`a served page follows its folder and keeps what the reader has chosen${withoutChromium}`, async () => {
  const { dir, more } = await costFolder({}, 200);
  const page = await openPage(`${await shown(dir)}#phase=forward&trials.variant=full`);
  await expect.poll(() => page.locator("#live").textContent()).toBe("Live");
  expect(await page.locator("#head").textContent()).toContain("Not finished");
  await page.locator("#trials tbody tr[data-trial] button").first().focus();
  more();
  await expect.poll(() => page.locator("#head").textContent(), { timeout: 20_000 }).not.toContain("Not finished");
  expect(await page.locator("#trials-count").textContent()).toBe("12 of 60 shown");
  expect(await page.locator("#trials [name=variant]").inputValue()).toBe("full");
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BUTTON");
  expect(await page.locator("h1:visible").count()).toBe(1);
});

inChromium(`nothing is wider than a screen of 400 pixels, in either theme${withoutChromium}`, async () => {
  const { dir } = await costFolder({ change: failing("full", 8192, "out-of-memory", "asked for 17 GiB") });
  const other = await costFolder({ seed: 2 });
  for (const [kind, url] of [
    ["cost", await shown(dir, other.dir)],
    ["study", await shown(studyFolder(), studyFolder({ shift: 0.5 }))],
  ] as const)
    for (const [name, width, colorScheme] of [
      ["light", 1200, "light"],
      ["dark", 1200, "dark"],
      ["narrow", 400, "light"],
    ] as const) {
      const page = await openPage(url, { colorScheme, viewport: { width, height: 900 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${kind} ${name}`).toBeLessThanOrEqual(
        width,
      );
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(paper).toBe(colorScheme === "dark" ? "rgb(22, 24, 27)" : "rgb(254, 254, 254)");
      await page.locator("#trials tbody tr[data-trial]").nth(3).click();
      if (pictures !== undefined)
        await page.screenshot({ path: join(pictures, `${kind}-${name}.png`), fullPage: true });
    }
});

inChromium(`the theme can be chosen and stays in the address${withoutChromium}`, async () => {
  const { dir } = await costFolder();
  const page = await openPage(await shown(dir), { colorScheme: "dark" });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(await paper()).toBe("rgb(22, 24, 27)");
  await page.locator("#theme").click();
  expect([await paper(), page.url().split("#")[1]]).toEqual(["rgb(254, 254, 254)", "theme=light"]);
  await page.keyboard.press("t");
  expect([await paper(), page.url().split("#")[1]]).toEqual(["rgb(22, 24, 27)", "theme=dark"]);
});
