/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { ViewState } from "./view-state.ts";

/** Which phase is shown, and in which theme. Written into the page as text: nothing from outside its body may be used. */
export function choices(state: ViewState): () => void {
  const themes = ["", "light", "dark"];

  function showPhase(phase: string): void {
    for (const part of document.querySelectorAll<HTMLElement>("[data-phase]"))
      part.hidden = part.dataset["phase"] !== phase;
    for (const button of document.querySelectorAll<HTMLElement>("[data-show]"))
      button.setAttribute("aria-pressed", String(button.dataset["show"] === phase));
  }

  function showTheme(): void {
    const theme = state.get("theme");
    if (theme === "") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme === "" ? "as the system's" : theme}`;
  }

  /** What is shown follows the state. Called again when the page or the address has changed. */
  function show(): void {
    showTheme();
    const buttons = [...document.querySelectorAll<HTMLElement>("[data-show]")];
    const chosen = buttons.find((button) => button.dataset["show"] === state.get("phase")) ?? buttons[0];
    if (chosen) showPhase(chosen.dataset["show"] ?? "");
  }

  document.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest?.<HTMLElement>("[data-show], #theme");
    if (!button) return;
    if (button.id === "theme") {
      const next = (themes.indexOf(state.get("theme")) + 1) % themes.length;
      state.set("theme", themes[next] ?? "");
    } else state.set("phase", button.dataset["show"] ?? "", "step");
    show();
  });
  return show;
}
