import { curveColors } from "@attention-lab/results";
import { expect, test } from "vitest";
import { themeVariables } from "../src/style.ts";

/** WCAG 2.2 relative luminance and contrast. */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [r = 0, g = 0, blue = 0] = [1, 3, 5]
      .map((i) => Number.parseInt(color.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test("black on white is 21:1, a colour on itself 1:1", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 10);
  expect(contrast("#8ab4f8", "#8ab4f8")).toBe(1);
});

test.each(["light", "dark"] as const)("text has 4.5:1 on every ground of the %s theme, controls 3:1", (theme) => {
  const values = new Map(
    themeVariables(theme)
      .split(";")
      .map((one) => one.split(":") as [string, string]),
  );
  const color = (name: string) => values.get(`--${name}`) ?? "";
  for (const ground of ["paper", "soft"]) {
    for (const name of ["text", "quiet", "good", "bad"])
      expect(contrast(color(name), color(ground)), `${name} on ${ground}`).toBeGreaterThan(4.5);
    for (const name of ["edge", "focus"])
      expect(contrast(color(name), color(ground)), `${name} on ${ground}`).toBeGreaterThan(3);
  }
  // Okabe and Ito chose colours to be told apart; their lightest have less than 3:1 on white, so shapes and names stand beside them.
  curveColors.forEach((_, i) =>
    expect(contrast(color(`curve-${i}`), color("paper")), `curve ${i}`).toBeGreaterThan(2.1),
  );
});
