/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Pointing at a curve or its name lifts it out of the others of its picture. Written into the page as text: nothing from outside its body may be used. */
export function liftedCurves(): void {
  const isPart = '[aria-label^="curve "]';
  let lifted: Element | null = null;

  function lift(svg: Element | null, name: string): void {
    if (lifted && lifted !== svg) lift(lifted, "");
    for (const part of svg?.querySelectorAll(isPart) ?? []) {
      part.classList.toggle("lifted", name !== "" && part.getAttribute("aria-label") === name);
      part.classList.toggle("receding", name !== "" && part.getAttribute("aria-label") !== name);
    }
    lifted = name === "" ? null : svg;
  }

  document.addEventListener("pointerover", (event) => {
    const part = (event.target as Element | null)?.closest?.(`figure svg ${isPart}`);
    if (part) lift(part.closest("svg"), part.getAttribute("aria-label") ?? "");
    else if (lifted) lift(lifted, "");
  });
}
