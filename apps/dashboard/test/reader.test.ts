import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { renderPage } from "@attention-lab/dashboard";
import { studyFolderPage } from "@attention-lab/dashboard/server";
import { StudyFolder, attemptFile, attemptFolder, buildReport, drawFigures } from "@attention-lab/results";
import { expect, test, vi } from "vitest";
import { failing, syntheticFolder, syntheticReport } from "../../../packages/results/test/synthetic.ts";
import { chromiumPath, openPage, withoutChromium } from "./chromium.ts";
import { costFolder } from "./cost-folder.ts";
import { studyFolder } from "./study-folder.ts";

// A browser on a busy machine starts slowly.
vi.setConfig({ testTimeout: 240_000 });
const inChromium = test.skipIf(chromiumPath === undefined);

async function onDisk(text: string) {
  const { outside } = await costFolder();
  const file = join(outside, "index.html");
  writeFileSync(file, text);
  return pathToFileURL(file).href;
}

inChromium(`the back button goes back through what was opened${withoutChromium}`, async () => {
  const report = syntheticReport();
  const page = await openPage(await onDisk(renderPage(report, { figures: drawFigures(report) })));
  const title = () => page.locator("#trial-detail h3").allTextContents();
  await page.locator("[data-show]").nth(1).click();
  await page.locator("#trials tbody tr[data-trial]").nth(1).click();
  expect(await title()).toEqual(["full, Forward, 512, measured"]);
  // A table that fills the screen does not hide what it opens to.
  expect(await page.locator("#trial-detail h3").evaluate((head) => head.getBoundingClientRect().top)).toBeLessThan(900);
  await page.locator("#trials-find").fill("longformer");
  await page.locator("#trials tbody tr[data-trial]").nth(0).click();
  expect(await title()).toEqual(["longformer, Forward, 256, measured"]);
  await page.goBack();
  await expect.poll(title).toEqual(["full, Forward, 512, measured"]);
  await page.goBack();
  await expect.poll(title).toEqual([]);
  expect(await page.locator("[data-show]").nth(1).getAttribute("aria-pressed")).toBe("true");
  await page.goBack();
  await expect.poll(() => page.locator("[data-show]").nth(0).getAttribute("aria-pressed")).toBe("true");
  await page.goForward();
  await page.goForward();
  await expect.poll(title).toEqual(["full, Forward, 512, measured"]);
});

inChromium(`pointing at a name lifts its curve; a point says what it is${withoutChromium}`, async () => {
  const report = syntheticReport();
  const page = await openPage(await onDisk(renderPage(report, { figures: drawFigures(report) })));
  const figure = page.locator("figure svg").first();
  await figure.locator('text[aria-label="curve performer"]').last().hover();
  expect(await figure.locator("path.lifted").count()).toBeGreaterThan(6);
  expect(await figure.locator(".receding").first().getAttribute("aria-label")).toBe("curve full");
  await page.locator("h2:visible").first().hover();
  expect(await page.locator(".lifted, .receding").count()).toBe(0);
  expect(await figure.locator("title").allTextContents()).toContainEqual(
    expect.stringMatching(/^performer at 1,024: 3\.\d+ ms \(3\.\d+ ms to 3\.\d+ ms\)$/),
  );
});

const evil = '"><img src=x onerror="globalThis.broken=1"><script>globalThis.broken=1</script></script><!--';

inChromium(`nothing that a folder holds becomes code, in any place of either page${withoutChromium}`, async () => {
  const folder = syntheticFolder({ variants: ["full", "performer"], change: failing("full", 8192, "error", evil) });
  const records = folder.records().map((record) => {
    const text = JSON.stringify(record).replaceAll('"performer"', JSON.stringify(evil));
    return JSON.parse(text) as typeof record;
  });
  const { machine } = folder.experiment;
  const experiment = { ...folder.experiment, name: evil, question: evil, machine: { ...machine, cpu: evil } };
  const report = buildReport({ experiment, records: () => records });
  const cost = renderPage(report, { figures: drawFigures(report), support: { [evil]: { [evil]: evil } } });

  const dir = studyFolder();
  const study = StudyFolder.open(dir);
  for (const { id } of study.trials()) {
    const attempt = attemptFolder(study.trialFolder(id), 1);
    mkdirSync(attempt, { recursive: true });
    writeFileSync(join(attempt, attemptFile.output), `${evil}\n`);
    writeFileSync(join(attempt, attemptFile.environment), JSON.stringify({ [evil]: { [evil]: evil } }));
  }
  const record = JSON.parse(JSON.stringify(study.study)) as Record<string, unknown>;
  writeFileSync(join(dir, "study.json"), JSON.stringify({ ...record, name: evil, question: evil }));

  for (const text of [cost, studyFolderPage(dir)]) {
    const page = await openPage(await onDisk(text));
    await page.locator("#trials-find").fill(evil);
    await page.locator("#trials-find").fill("");
    const rows = page.locator("#trials tbody tr[data-trial]");
    for (let i = 0; i < (await rows.count()); i += 3) await rows.nth(i).click();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.evaluate(() => "broken" in globalThis)).toBe(false);
    expect(await page.locator("h1:visible, h3").last().textContent()).toBeTruthy();
    expect(await page.evaluate(() => document.body.textContent)).toContain(evil);
  }
});

inChromium(`an experiment prints on two sheets, light whatever the theme${withoutChromium}`, async () => {
  const report = syntheticReport();
  const support = Object.fromEntries(report.curves.map(({ variant }) => [variant, { causal: "a sentence" }]));
  const address = await onDisk(renderPage(report, { figures: drawFigures(report), support }));
  const page = await openPage(`${address}#theme=dark`);
  const sheets = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
  expect(sheets.match(/\/Type\s*\/Page[^s]/g)).toHaveLength(2);
  await page.emulateMedia({ media: "print" });
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(254, 254, 254)");
  expect(await page.locator("#support summary").first().isVisible()).toBe(true);
});
