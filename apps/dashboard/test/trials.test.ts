import { renderPage } from "@attention-lab/dashboard";
import { expect, test } from "vitest";
import { failing, syntheticReport } from "../../../packages/results/test/synthetic.ts";
import { costTrials } from "../src/cost-trials.ts";
import { manyTrials } from "./many-trials.ts";
import { opened } from "./opened.ts";

const message = "took longer than <60> s </script><script>alert(1)</script>";
const report = syntheticReport({ change: failing("full", 8192, "time-limit", message) });
const page = renderPage(report);

test("a filter takes a part of the text, one of the values, or a bound on the figure", () => {
  const { names, type, location, document } = opened(page);
  type("#trials [name=variant]", "performer");
  expect(new Set(names("trials"))).toEqual(new Set(["performer"]));
  type("#trials [name=time]", "> 0.02");
  const seconds = report.curves
    .filter(({ variant }) => variant === "performer")
    .flatMap(({ points }) => points.flatMap((point) => point.seconds ?? []));
  expect(names("trials")).toHaveLength(seconds.filter((one) => one >= 0.02).length);
  expect(names("trials").length).toBeGreaterThan(0);
  expect(location.hash).toBe("#trials.variant=performer&trials.time=%3E+0.02");
  type("#trials [name=time]", "");
  expect(document.getElementById("trials-count")?.textContent).toBe("12 of 60 shown");
});

test("a trial opens to its configuration, repeats and failure, and the address says which", () => {
  const failed = report.curves[0]?.points.at(-1)?.trial ?? "";
  const { document, location, press } = opened(page, `#trial=${failed.slice(0, 16)}`);
  const detail = document.getElementById("trial-detail");
  expect(detail?.hasAttribute("hidden")).toBe(false);
  expect(detail?.textContent).toContain(message);
  expect(detail?.textContent).toContain("batch1heads4headDim64");
  expect(detail?.textContent).toContain("Intel(R) Xeon(R) Processor @ 2.10GHz");
  press("#trial-close");
  expect(location.hash).toBe("#");
  expect(detail?.children).toHaveLength(0);
  press("#trials tbody tr[data-trial]", 1);
  expect(document.querySelectorAll("#trial-detail circle")).toHaveLength(7);
  expect(location.hash).toMatch(/^#trial=[0-9a-f]{16}$/);
});

test("the data of the table cannot end its element", () => {
  const [, data = ""] = /id="trials-data">([\s\S]*?)<\/script>/.exec(page) ?? [];
  expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(costTrials(report))));
  expect(page).not.toContain("<script>alert");
});

test("of many trials only some are rows of the document", () => {
  const { names, document } = opened(renderPage(manyTrials(report, 167)));
  expect(document.getElementById("trials-count")?.textContent).toBe("10020 of 10020 shown");
  expect(names("trials").length).toBeLessThan(80);
  expect(document.getElementById("trials")?.getAttribute("aria-rowcount")).toBe("10020");
});
