import { type Report, buildReport, curveColors, drawFigures, ink } from "@attention-lab/results";
import { renderPage } from "@attention-lab/dashboard";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { failing, syntheticFolder, syntheticReport } from "../../../packages/results/test/synthetic.ts";
import { html } from "../src/html.ts";
import { opened } from "./opened.ts";

const report = syntheticReport({ change: failing("full", 8192, "time-limit", "took longer than <60> s") });
const support = {
  full: { causal: true },
  linformer: { causal: "the length projection mixes future positions" },
} as const;
const page = renderPage(report, { figures: drawFigures(report), support });

test("asks for nothing from anywhere", () => {
  // The name of SVG is no address that is asked.
  expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
  expect(page).not.toMatch(/\b(src|href|srcset|action)\s*=\s*["'](?!data:,)/);
  expect(page).not.toMatch(/@import|url\(|XMLHttpRequest|import\(/);
  const policy = parseHTML(page).document.querySelector("meta[http-equiv]")?.getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("connect-src");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
});

test("opens with the answer, in words made from the data", () => {
  const { document } = parseHTML(page);
  expect(document.querySelector("h1")?.textContent).toMatch(/^linformer overtakes full at \d+ tokens/);
  expect(document.querySelectorAll("figure .scroll > svg")).toHaveLength(6);
  expect(document.querySelector("title")?.textContent).toBe("demo: Attention Lab");
});

test("whatever a folder holds is shown as text, never as markup", () => {
  expect(page).toContain("took longer than \\u003c60> s");
  const folder = syntheticFolder();
  const evil = '<img src=x onerror="alert(1)">';
  const attacked = buildReport({
    ...folder,
    experiment: { ...folder.experiment, name: evil, question: evil, skipped: [{ config: { a: evil }, because: evil }] },
  });
  const text = renderPage(attacked, { figures: drawFigures(attacked), support: { [evil]: { [evil]: evil } } });
  expect(parseHTML(text).document.querySelector("img")).toBeNull();
  expect(html`<p>${evil}${[1, null, "&"]}${false}</p>`.text).toBe(
    "<p>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;1&amp;</p>",
  );
});

test("shows one phase at a time and remembers it in the address", () => {
  const { document, location, press } = opened(page);
  const hidden = () => [...document.querySelectorAll("section[data-phase]")].map((part) => part.hasAttribute("hidden"));
  expect(hidden()).toEqual([false, true]);
  press("[data-show]", 1);
  expect(hidden()).toEqual([true, false]);
  expect(location.hash).toBe("#phase=step");
  expect(document.querySelectorAll("[data-show]")[1]?.getAttribute("aria-pressed")).toBe("true");
});

test("sorts the variants by any column, both ways, with the missing ones last", () => {
  const { names, press, location, document } = opened(page);
  press("#variants-forward thead button", 3);
  expect(names("variants-forward")).toEqual(["identity", "linformer", "longformer", "performer", "full"]);
  expect(document.querySelectorAll("#variants-forward th")[3]?.getAttribute("aria-sort")).toBe("ascending");
  press("#variants-forward thead button", 3);
  expect(names("variants-forward")).toEqual(["performer", "longformer", "linformer", "identity", "full"]);
  expect(location.hash).toContain("variants-forward.sort=3-");
  press("#variants-forward thead button", 0);
  expect(names("variants-forward")).toEqual(["full", "identity", "linformer", "longformer", "performer"]);
});

test("an address opens the page as it was left: sorted and filtered", () => {
  const { names, document } = opened(page, "#trials.status=time+limit&trials.sort=2-&phase=step");
  const shown = names("trials");
  expect(shown).toEqual(["full", "full"]);
  expect(document.getElementById("trials-count")?.textContent).toBe("2 of 60 shown");
  expect(opened(page, "#trials.sort=2-").names("trials", 2).slice(0, 3)).toEqual(["8,192", "8,192", "8,192"]);
  expect(opened(page, "#trials.sort=4%2B").names("trials", 0)[0]).toBe("identity");
});

test("empty, running and failed folders have their own words", () => {
  const empty = syntheticReport({ change: () => [] });
  expect(renderPage(empty)).toContain("Nothing has been measured yet.");
  const running = syntheticReport({
    change: (one, { length }) => (length > 1024 && one.kind !== "trial" ? [] : [one]),
  });
  expect(renderPage(running)).toMatch(/Not finished: 30 of 60 trials are[\s\S]*of measuring are left/);
  expect(page).toContain("2 of 60 trials failed.");
  expect(page).not.toContain("Not finished");
});

test("refusals and skipped combinations are shown with their sentences", () => {
  const { document } = parseHTML(page);
  expect(document.querySelector("#support details")?.textContent).toContain(
    "the length projection mixes future positions",
  );
  expect(document.querySelector("#skipped li")?.textContent).toContain('linformer attention cannot honour "causal"');
  expect(renderPage(report)).not.toContain("What each variant honours");
});

test("pictures follow the theme: none of their own colours is left", () => {
  const { document } = parseHTML(page);
  const svg = [...document.querySelectorAll("figure svg")].map((one) => one.outerHTML).join("");
  for (const color of [...curveColors, ...Object.values(ink)]) expect(svg).not.toContain(color);
  expect(svg).toContain("var(--curve-0)");
});

test("every table that can scroll can be reached by keyboard and has a name", () => {
  const { document } = parseHTML(page);
  for (const region of document.querySelectorAll(".scroll")) {
    expect(region.getAttribute("tabindex")).toBe("0");
    expect(region.getAttribute("aria-label")).toBeTruthy();
  }
  const unnamed = [...document.querySelectorAll("input, select")].filter((field) => !field.getAttribute("aria-label"));
  expect(unnamed).toEqual([]);
});

test("a report that was stored as JSON gives the same page", () => {
  const stored = JSON.parse(JSON.stringify(report)) as Report;
  expect(renderPage(stored, { figures: drawFigures(stored), support })).toBe(page);
});
