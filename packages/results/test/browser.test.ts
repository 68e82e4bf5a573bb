import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Files and packages that a module loads when it runs; types are gone by then. */
function loadedBy(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.href)) return seen;
  seen.add(file.href);
  const source = readFileSync(fileURLToPath(file), "utf8");
  for (const [, clause = "", from = ""] of source.matchAll(/^(?:import|export) ([^;]*?) from "([^"]+)";/gms)) {
    if (clause.startsWith("type ")) continue;
    if (from.startsWith(".")) loadedBy(new URL(from, file), seen);
    else seen.add(from);
  }
  return seen;
}

test("the browser entry loads no file system, no native module, no drawing library", () => {
  const loaded = [...loadedBy(new URL("../src/browser.ts", import.meta.url))];
  expect(loaded.length).toBeGreaterThan(4);
  expect(loaded.filter((name) => !name.startsWith("file:"))).toEqual([]);
});

test("and the whole entry does load them, so that the test above can fail", () => {
  const loaded = loadedBy(new URL("../src/index.ts", import.meta.url));
  expect(loaded.has("node:fs")).toBe(true);
  expect(loaded.has("@resvg/resvg-js")).toBe(true);
});
