/// <reference lib="dom" />
import { choices } from "./choices.ts";
import { keyboard } from "./keyboard.ts";
import { liftedCurves } from "./lifted-curves.ts";
import { liveView } from "./live-view.ts";
import { morph } from "./morph.ts";
import { smallPicture } from "./small-picture.ts";
import { sortedTables } from "./sorted-tables.ts";
import { trialDetail } from "./trial-detail.ts";
import { trialFilter } from "./trial-filter.ts";
import { trialLine } from "./trial-line.ts";
import { trialsView } from "./trials-view.ts";
import { viewState } from "./view-state.ts";

const parts = {
  choices,
  keyboard,
  liftedCurves,
  liveView,
  morph,
  smallPicture,
  sortedTables,
  trialDetail,
  trialFilter,
  trialLine,
  trialsView,
  viewState,
};

/** Puts the parts together. They come as an argument, for a function that is written as text knows nothing else. */
function start(given: typeof parts): void {
  const state = given.viewState();
  const showChoices = given.choices(state);
  const sortTables = given.sortedTables(state);
  const trials = given.trialsView(state, {
    filter: given.trialFilter,
    line: given.trialLine,
    detail: given.trialDetail(given.smallPicture, given.morph),
  });
  const show = () => {
    showChoices();
    sortTables();
    trials.update();
  };
  show();
  addEventListener("hashchange", show);
  given.keyboard(trials);
  given.liftedCurves();
  given.liveView(show, given.morph);
}

/**
 * The script of the page as text: it needs no bundler, and the page nothing but itself. Compilers that keep function names call a
 * helper `__name`, which a page has not.
 */
export function pageScriptText(): string {
  const written = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
  return `(() => { const __name = (value) => value; (${start.toString()})({ ${written.join(",\n")} }); })();`;
}
