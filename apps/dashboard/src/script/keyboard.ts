/// <reference lib="dom" />

/** Keys of the page, named in its footer. Written into the page as text: nothing from outside its body may be used. */
export function keyboard(trials: { step(by: number): void }): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inTrials = target.closest?.("#trials-section") !== null;
    if (event.key === "Escape") {
      const close = document.getElementById("trial-close");
      if (typing) target.blur();
      else if (close) {
        close.click();
        trials.step(0);
      }
    } else if (typing) return;
    else if (event.key === "/") document.getElementById("trials-find")?.focus();
    else if (event.key === "t") document.getElementById("theme")?.click();
    else if (/^[1-9]$/.test(event.key)) {
      document.querySelectorAll<HTMLElement>("[data-show]")[Number(event.key) - 1]?.click();
    } else if (inTrials && event.key === "ArrowDown") trials.step(1);
    else if (inTrials && event.key === "ArrowUp") trials.step(-1);
    else if (inTrials && event.key === "PageDown") trials.step(15);
    else if (inTrials && event.key === "PageUp") trials.step(-15);
    else return;
    event.preventDefault();
  });
}
