import { type Report, costCurveSvg, curveColors, drawFigures, markStyles, png } from "@attention-lab/results";
import { parseHTML } from "linkedom";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesAxis, spread, timeAxis } from "../src/axes.ts";
import { wrap } from "../src/figure.ts";
import { failing, syntheticReport } from "./synthetic.ts";

const report = syntheticReport({ change: failing("full", 8192, "time-limit", "took longer than 60 s") });

function textsOf(svg: string): string[] {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  return [...document.querySelectorAll("text")].map((text) => text.textContent ?? "");
}

/** Width and height in a PNG's header. */
function sizeOf(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

test("three pictures per phase, each a valid SVG that rasterises with its text", () => {
  const figures = drawFigures(report);
  expect(figures.map(({ name }) => name)).toEqual(
    ["forward", "step"].flatMap((phase) => [`cost-${phase}`, `memory-${phase}`, `predicted-${phase}`]),
  );
  for (const { svg } of figures) {
    expect(svg.startsWith("<svg")).toBe(true);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/https?:\/\/[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
    const image = png(svg);
    expect(new TextDecoder("latin1").decode(image.slice(1, 4))).toBe("PNG");
    expect(sizeOf(image)[0]).toBe(1800);
    // Without a font no text would be drawn and the picture would be much smaller.
    expect(image.length - png(svg.replace(/<text[^>]*>[^<]*<\/text>/g, "")).length).toBeGreaterThan(20_000);
  }
});

test("the cost curve says its answer, names its lines with their slopes and marks crossovers and failures", () => {
  const texts = textsOf(costCurveSvg(report, { phase: "forward" }));
  const all = texts.join("\n");
  expect(all).toContain("Forward: linformer overtakes full at");
  expect(texts.some((text) => /^full (1\.9|2\.0)\d$/.test(text))).toBe(true);
  expect(texts.some((text) => /^performer (0\.9|1\.0)\d$/.test(text))).toBe(true);
  expect(texts.some((text) => /^1,4\d0$/.test(text))).toBe(true);
  for (const word of [
    "time limit",
    "slope 1",
    "slope 2",
    "sequence length (tokens)",
    "time per call",
    "8,192",
    "10 ms",
  ])
    expect(texts, word).toContain(word);
  expect(all).toContain("noise floor (A/A)");
});

test("extrapolation is dashed, and only where the curve ended early", () => {
  expect(costCurveSvg(report, { phase: "forward" }).match(/stroke-dasharray/g)).toHaveLength(1);
  expect(costCurveSvg(syntheticReport(), { phase: "forward" })).not.toContain("stroke-dasharray");
});

test("no label lies on another at the right end", () => {
  const { document } = parseHTML(`<html><body>${costCurveSvg(report, { phase: "forward" })}</body></html>`);
  const rows = [...document.querySelectorAll("text")]
    .filter((text) => /^(full|performer|longformer|linformer|identity) -?\d\.\d\d$/.test(text.textContent ?? ""))
    .map((text) => Number(/,\s*([\d.]+)\)/.exec(text.getAttribute("transform") ?? "")?.[1] ?? text.getAttribute("y")));
  expect(rows).toHaveLength(5);
  const sorted = rows.toSorted((a, b) => a - b);
  sorted.slice(1).forEach((row, i) => expect(row - (sorted[i] ?? 0)).toBeGreaterThanOrEqual(16.9));
});

test("draws what a folder may hold: nothing, one length, no memory, failures only", () => {
  const odd: Report[] = [
    syntheticReport({ change: () => [] }),
    syntheticReport({ lengths: [256] }),
    syntheticReport({ variants: ["identity"] }),
    syntheticReport({ lengths: [256, 512], repeats: 1 }),
    syntheticReport({ variants: ["full"], lengths: [256], change: failing("full", 256, "error", "it broke") }),
    syntheticReport({ change: (one) => (one.kind === "trial" ? [one] : []) }),
  ];
  for (const one of odd)
    for (const { svg, name } of drawFigures(one)) {
      expect(svg, name).not.toMatch(/NaN|Infinity|undefined/);
      expect(png(svg, { zoom: 1 }).length, name).toBeGreaterThan(1000);
    }
});

test("the baseline is first in the palette wherever it stands, and beyond eight curves they are faint", () => {
  const curves = Array.from({ length: 10 }, (_, i) => ({ ...report.curves[0]!, variant: `v${i}`, label: `v${i}` }));
  const styles = markStyles({ ...report, curves, experiment: { ...report.experiment, baseline: "v3" } });
  expect(styles.get("v3")).toMatchObject({ color: curveColors[0], heavy: true, faint: false });
  expect(styles.get("v9")?.faint).toBe(true);
  const first = [...styles.values()].slice(0, 8);
  expect(new Set(first.map(({ color }) => color)).size).toBe(8);
  expect(new Set(first.map(({ shape }) => shape)).size).toBe(8);
});

test("spread keeps the order, the gap and the bounds, and does not move what is free", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 8 }), (wishes) => {
      const places = spread(wishes, 17, 0, 400);
      const order = wishes.map((_, i) => i).toSorted((a, b) => (wishes[a] ?? 0) - (wishes[b] ?? 0) || a - b);
      order.slice(1).forEach((index, i) => {
        expect((places[index] ?? 0) - (places[order[i] ?? 0] ?? 0)).toBeGreaterThanOrEqual(17 - 1e-9);
      });
      for (const place of places) {
        expect(place).toBeGreaterThanOrEqual(-1e-9);
        expect(place).toBeLessThanOrEqual(400 + 1e-9);
      }
    }),
  );
  expect(spread([300, 10, 100], 17, 0, 400)).toEqual([300, 10, 100]);
});

test("axes hold their values and label in tidy units", () => {
  const time = timeAxis([2e-5, 0.15]);
  expect(time.ticks.map((tick) => time.format(tick))).toEqual(["100 µs", "1 ms", "10 ms", "100 ms"]);
  expect(time.domain[0]).toBeLessThan(2e-5);
  expect(bytesAxis([2 ** 20, 2 ** 26]).ticks.map((tick) => bytesAxis([]).format(tick))).toContain("16 MiB");
  expect(timeAxis([]).domain[1]).toBeGreaterThan(timeAxis([]).domain[0]);
});

test("wraps at spaces", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("unbreakable", 4)).toEqual(["unbreakable"]);
});
