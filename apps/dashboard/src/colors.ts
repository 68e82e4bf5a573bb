import { curveColors, ink } from "@attention-lab/results/browser";

/** The dark theme's twin of every colour of the pictures; the light theme uses the pictures' own. */
const darkCurves = ["#f1f1f1", "#4d9fe0", "#ee7a45", "#2bc496", "#e09cc2", "#f0ae1f", "#93d3f8", "#f0e442"];
const darkInk: Readonly<Record<keyof typeof ink, string>> = {
  text: "#ececec",
  quiet: "#a9b0b7",
  grid: "#30343a",
  guide: "#6c727a",
  paper: "#16181b",
};

const names = new Map<string, string>([
  ...curveColors.map((color, i) => [color, `--curve-${i}`] as const),
  ...Object.entries(ink).map(([name, color]) => [color, `--${name}`] as const),
]);

/** A colour of the pictures as the page's variable, so that it follows the theme. */
export function themed(color: string): string {
  const name = names.get(color);
  return name ? `var(${name})` : color;
}

/** Exchanges every colour of a picture for the page's variable. */
export function themedSvg(svg: string): string {
  const colors = new RegExp([...names.keys()].join("|"), "g");
  return svg.replace(colors, themed).replace(' xmlns="http://www.w3.org/2000/svg"', "");
}

/** Declarations of all variables for a theme. */
export function variables(theme: "light" | "dark"): string {
  const curves = theme === "light" ? curveColors : darkCurves;
  const rest = theme === "light" ? ink : darkInk;
  return [
    ...curves.map((color, i) => `--curve-${i}:${color}`),
    ...Object.entries(rest).map(([name, color]) => `--${name}:${color}`),
  ].join(";");
}
