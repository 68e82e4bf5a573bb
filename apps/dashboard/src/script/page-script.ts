/// <reference lib="dom" />
import { choices } from "./choices.ts";
import { keyboard } from "./keyboard.ts";
import { liveView } from "./live-view.ts";
import { sortedTables } from "./sorted-tables.ts";
import { trialDetail } from "./trial-detail.ts";
import { trialsView } from "./trials-view.ts";
import { viewState } from "./view-state.ts";

const parts = { choices, keyboard, liveView, sortedTables, trialDetail, trialsView, viewState };

/** Puts the parts together. They come as an argument, for a function that is written as text knows nothing else. */
function start({ choices, keyboard, liveView, sortedTables, trialDetail, trialsView, viewState }: typeof parts): void {
  const state = viewState();
  const showChoices = choices(state);
  const sortTables = sortedTables(state);
  const trials = trialsView(state, trialDetail);
  const show = () => {
    showChoices();
    sortTables();
    trials.update();
  };
  show();
  addEventListener("hashchange", show);
  keyboard(trials);
  liveView(show);
}

/**
 * The script of the page as text: it needs no bundler, and the page nothing but itself. Compilers that keep function names call a
 * helper `__name`, which a page has not.
 */
export function pageScriptText(): string {
  const written = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
  return `(() => { const __name = (value) => value; (${start.toString()})({ ${written.join(",\n")} }); })();`;
}
