import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { ink } from "./palette.ts";

const fonts = join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf");

/**
 * Rasterises a picture, twice its size by default, with the font that ships with this package: a machine without fonts
 * would draw no text and say nothing.
 */
export function png(svg: string, { zoom = 2 }: { readonly zoom?: number } = {}): Uint8Array {
  const font = {
    loadSystemFonts: false,
    fontFiles: ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) => join(fonts, name)),
    defaultFontFamily: "DejaVu Sans",
  };
  return new Resvg(svg, { fitTo: { mode: "zoom", value: zoom }, background: ink.paper, font }).render().asPng();
}
