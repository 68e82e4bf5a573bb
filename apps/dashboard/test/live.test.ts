import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFolder, serveFolder } from "@attention-lab/dashboard/server";
import { StudyFolder, attemptFile, attemptFolder } from "@attention-lab/results";
import { expect, onTestFinished, test, vi } from "vitest";
import { chromiumPath, openPage, withoutChromium } from "./chromium.ts";
import { costFolder } from "./cost-folder.ts";
import { studyFolder } from "./study-folder.ts";

// A browser on a busy machine starts slowly.
vi.setConfig({ testTimeout: 240_000 });
const inChromium = test.skipIf(chromiumPath === undefined);
const patience = { timeout: 20_000 };

async function shown(dir: string) {
  const server = await serveFolder(await openFolder(dir, { support: () => ({ full: { causal: "says why not" } }) }), {
    everyMilliseconds: 50,
  });
  onTestFinished(() => server.close());
  return server.url;
}

inChromium(`what the reader opened, typed and looks at outlives a change of the folder${withoutChromium}`, async () => {
  const { dir, more } = await costFolder({}, 50);
  const page = await openPage(await shown(dir));
  expect(await page.locator("#trials [name=variant] option").allTextContents()).toEqual(["all", "full"]);
  await page.locator("#support summary").click();
  await page.locator("#trials-find").fill("full length>=51");
  const before = await page.evaluateHandle(() => document.querySelector("#support"));
  await page.locator("#support").evaluate((table) => table.scrollIntoView({ block: "center" }));
  const place = await page.locator("#support").evaluate((table) => table.getBoundingClientRect().top);
  more();
  await expect.poll(() => page.locator("#head").textContent(), patience).not.toContain("Not finished");
  expect(await page.locator("#support").evaluate((table) => table.getBoundingClientRect().top)).toBeCloseTo(place, -2);
  // New values can be chosen, and nothing of the reader's is lost.
  expect(await page.locator("#trials [name=variant] option").count()).toBe(6);
  expect(await page.locator("#trials-count").textContent()).toBe("12 of 60 shown");
  expect(await page.locator("#support details").getAttribute("open")).toBe("");
  expect(await before.evaluate((table) => table === document.querySelector("#support"))).toBe(true);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("trials-find");
  await page.keyboard.type("2");
  expect(await page.locator("#trials-find").inputValue()).toBe("full length>=512");
  expect(await page.locator("#trials-count").textContent()).toBe("10 of 60 shown");
});

inChromium(`a running trial of a study shows its log, curve and environment, and grows${withoutChromium}`, async () => {
  const dir = studyFolder();
  const study = StudyFolder.open(dir);
  const waiting = study.trials().at(-1);
  if (!waiting) throw new Error("no trial");
  const page = await openPage(`${await shown(dir)}#trial=${waiting.id.slice(0, 16)}`);
  const detail = page.locator("#trial-detail");
  await expect.poll(() => detail.textContent(), patience).toContain("none yet");
  const attempt = attemptFolder(study.trialFolder(waiting.id), 1);
  mkdirSync(attempt, { recursive: true });
  const owner = { host: "here", boot: "1", pid: 1, start: "1", job: null, at: "2026-11-21T12:00:00.000Z" };
  writeFileSync(join(attempt, attemptFile.owner), JSON.stringify(owner));
  writeFileSync(join(attempt, attemptFile.environment), JSON.stringify({ machine: { cpu: "A <i>CPU</i>" } }));
  writeFileSync(join(attempt, attemptFile.output), "\u001b[1mstep 1\u001b[0m <script>no</script>\n");
  writeFileSync(
    join(attempt, attemptFile.measurements),
    [3, 2, 1].map((loss, x) => `${JSON.stringify({ x, values: { loss } })}\n`).join(""),
  );
  await expect.poll(() => detail.textContent(), patience).toContain("A <i>CPU</i>");
  expect(await detail.locator("pre").textContent()).toBe("step 1 <script>no</script>");
  expect(await detail.locator("svg").getAttribute("aria-label")).toBe("loss: from 3 at 0 to 1 at 2");
  await detail.locator("summary", { hasText: "Environment" }).click();
  appendFileSync(join(attempt, attemptFile.output), "step 2\n");
  appendFileSync(join(dir, "plan.jsonl"), "");
  mkdirSync(attemptFolder(study.trialFolder(waiting.id), 2));
  rmSync(attemptFolder(study.trialFolder(waiting.id), 2), { recursive: true });
  await expect.poll(() => detail.locator("pre").textContent(), patience).toContain("step 2");
  expect(await detail.locator("details[open]").count()).toBe(1);
});

inChromium(`a folder that cannot be read says so, and comes back by itself${withoutChromium}`, async () => {
  const dir = studyFolder();
  const page = await openPage(await shown(dir), {}, { ignoring: /500/ });
  const plan = StudyFolder.open(dir).trials();
  const path = join(dir, "plan.jsonl");
  writeFileSync(path, "{torn\n");
  await expect.poll(() => page.locator("h1").textContent(), patience).toBe("This folder cannot be shown now");
  expect(await page.locator("[role=alert]").textContent()).toContain("plan.jsonl");
  writeFileSync(path, plan.map((trial) => `${JSON.stringify(trial)}\n`).join(""));
  await expect.poll(() => page.locator("h1").textContent(), patience).toBe("Which variant learns best?");
  expect(await page.locator("#trials-count").textContent()).toBe("6 of 6 shown");
});

inChromium(`when the server ends the page stays and says so${withoutChromium}`, async () => {
  const { dir } = await costFolder();
  const server = await serveFolder(await openFolder(dir), { everyMilliseconds: 50 });
  const page = await openPage(server.url, {}, { ignoring: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY/ });
  await expect.poll(() => page.locator("#live").textContent(), patience).toBe("Live");
  await server.close();
  await expect.poll(() => page.locator("#live").textContent(), patience).toContain("The server has ended");
  expect(await page.locator("figure svg").count()).toBeGreaterThan(0);
});
