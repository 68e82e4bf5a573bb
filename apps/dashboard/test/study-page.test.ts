import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { studyFolderPage } from "@attention-lab/dashboard/server";
import { StudyFolder, attemptFile, attemptFolder } from "@attention-lab/results";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { flatFacts } from "../src/flat-facts.ts";
import type { TrialDetail, Trials } from "../src/trials.ts";
import { opened } from "./opened.ts";
import { studyFolder } from "./study-folder.ts";

function dataOf(page: string): Trials {
  return JSON.parse(parseHTML(page).document.getElementById("trials-data")?.textContent ?? "") as Trials;
}

test("a page that is a file holds what its trials open to; what many have alike only once", () => {
  const dir = studyFolder();
  const study = StudyFolder.open(dir);
  for (const { id } of study.trials()) {
    const attempt = attemptFolder(study.trialFolder(id), 1);
    mkdirSync(attempt, { recursive: true });
    const environment = { at: id, machine: { cpu: "one" }, backend: { threads: 2 }, commit: null };
    writeFileSync(join(attempt, attemptFile.environment), JSON.stringify(environment));
  }
  const page = studyFolderPage(dir);
  const { rows, shared } = dataOf(page);
  // The width follows the variant: three configurations of six trials.
  expect(shared).toHaveLength(3);
  expect(shared[0]?.map(({ title }) => title)).toEqual(["Configuration", "Environment"]);
  expect(shared[0]?.[1]?.facts).toEqual([
    ["machine.cpu", "one"],
    ["backend.threads", "2"],
    ["commit", "none"],
  ]);
  expect(rows.every(({ detail }) => detail !== null)).toBe(true);
  const failed = rows.findIndex(({ tone }) => tone === "no");
  expect(rows[failed]?.detail?.facts).toContainEqual(["failure", "loss is not a number"]);
  expect(rows[failed]?.detail?.log).toEqual(["step 190", "<script>no</script>"]);
  const { document, press } = opened(page);
  press("#trials tbody tr[data-trial]", failed);
  const detail = document.getElementById("trial-detail");
  expect(detail?.querySelector("pre")?.textContent).toBe("step 190\n<script>no</script>");
  expect(detail?.querySelectorAll("polyline")).toHaveLength(1);
  expect([...(detail?.querySelectorAll("summary") ?? [])].map(({ textContent }) => textContent)).toEqual([
    "Configuration",
    "Environment",
  ]);
});

test("a page that is served asks for them", () => {
  const { rows } = dataOf(studyFolderPage(studyFolder(), { live: "1" }));
  expect(rows.map(({ detail }): TrialDetail | null => detail)).toEqual(rows.map(() => null));
});

test("two studies: both in each picture, the ratio point by point, a verdict", () => {
  const [a, b] = [studyFolder(), studyFolder({ shift: 0.5 })];
  const { document } = parseHTML(studyFolderPage(a, { overlay: b }));
  const overlay = document.getElementById("overlay");
  expect(overlay?.querySelector("p")?.textContent).toBe(
    `A: losses (${a}). B: losses (${b}). B is worse in all points loss 1.21 (1.16-1.27).`,
  );
  const titles = [...(overlay?.querySelectorAll("figure svg") ?? [])].map((svg) => svg.getAttribute("aria-label"));
  expect(titles).toEqual(["A and B: loss over x", "loss of B is 1.21 (1.16-1.27) times that of A: worse"]);
  const dashed = overlay?.querySelectorAll('figure svg [stroke-dasharray="2 4"]');
  expect(dashed?.length).toBe(3);
  const rows = [...(overlay?.querySelectorAll("figure svg title") ?? [])].map(({ textContent }) => textContent);
  expect(rows.filter((text) => /^(full|performer|<b>local<\/b>): 1\.\d+$/.test(text ?? ""))).toHaveLength(3);
});

test("the support of the variants that a study varies is shown with its sentences", () => {
  const seen: string[] = [];
  const page = studyFolderPage(studyFolder(), {
    support: (variants) => {
      seen.push(...variants);
      return { performer: { scoreBias: "its features have no scores" } };
    },
  });
  expect(seen).toEqual(["full", "performer", "<b>local</b>"]);
  expect(parseHTML(page).document.querySelector("#support details p")?.textContent).toBe("its features have no scores");
});

test("a study's state tells how long it will take, by what finished trials took", () => {
  const text = parseHTML(studyFolderPage(studyFolder())).document.querySelector(".state")?.textContent ?? "";
  // One trial waits; the other seed of its point took 30 seconds.
  expect(text.replaceAll(/\s+/g, " ")).toContain("0 are running, 1 waits. About 30.0 s of measuring are left.");
});

test("facts are flat, and a long text is cut", () => {
  const facts = flatFacts({ a: { b: [1, 2], c: null }, diff: "x".repeat(5000) });
  expect(facts.slice(0, 2)).toEqual([
    ["a.b", "1 2"],
    ["a.c", "none"],
  ]);
  expect(facts[2]?.[1]).toHaveLength(2004);
});
