/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Makes one element like another by changing only what differs: what stays keeps its focus, its scroll position, its open parts and what was
 * typed into it, and nothing flickers. Written into the page as text: nothing from outside its body may be used.
 */
export function morph(old: Element, fresh: Element): void {
  /** What the reader does to the page and not the folder. */
  const readers = new Set(["open", "aria-sort", "hidden", "aria-pressed"]);

  function attributes(before: Element, after: Element): void {
    for (const name of before.getAttributeNames())
      if (!after.hasAttribute(name) && !readers.has(name)) before.removeAttribute(name);
    for (const { name, value } of after.attributes)
      if (before.getAttribute(name) !== value && !readers.has(name)) before.setAttribute(name, value);
  }

  const alike = (before: Node, after: Node) =>
    before.nodeName === after.nodeName && (before as Element).id === (after as Element).id;

  function children(before: Element, after: Element): void {
    let place = before.firstChild;
    for (const wanted of after.childNodes) {
      const next: ChildNode | null = place?.nextSibling ?? null;
      if (place && alike(place, wanted)) {
        if (place.nodeType !== Node.ELEMENT_NODE) {
          if (place.nodeValue !== wanted.nodeValue) place.nodeValue = wanted.nodeValue;
        } else if (!place.isEqualNode(wanted)) {
          attributes(place as Element, wanted as Element);
          children(place as Element, wanted as Element);
        }
        place = next;
      } else before.insertBefore(document.importNode(wanted, true), place);
    }
    while (place) {
      const next: ChildNode | null = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  attributes(old, fresh);
  children(old, fresh);
}
