/// <reference lib="dom" />
import type { FactGroup, Facts, TrialDetail, TrialRow, Trials } from "../trials.ts";
import type { morph } from "./morph.ts";
import type { smallPicture } from "./small-picture.ts";

/**
 * Shows one trial beneath the table: facts, curves, configuration, environment, log. What the page does not hold its server is asked for.
 * Written into the page as text: nothing from outside its body may be used but what it is given.
 */
export function trialDetail(
  picture: typeof smallPicture,
  change: typeof morph,
): (trials: Trials, row: TrialRow | undefined, isNew: boolean) => void {
  /** The trial that is shown now: an answer for another one comes too late. */
  let current = "";

  function element(name: string, ...content: readonly (string | Element)[]): HTMLElement {
    const made = document.createElement(name);
    made.append(...content);
    return made;
  }

  function list(facts: Facts): HTMLElement {
    return element("dl", ...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  }

  function folded({ title, facts }: FactGroup): HTMLElement {
    return element("details", element("summary", title), list(facts));
  }

  function head({ cells }: TrialRow): HTMLElement {
    const words = cells.slice(0, -1).map(([text]) => text);
    const title = words.filter((text) => text !== "-").slice(0, 4);
    const close = element("button", "Close (Esc)");
    close.id = "trial-close";
    close.setAttribute("type", "button");
    const made = element("div", element("h3", title.join(", ")), close);
    made.className = "detail-head";
    return made;
  }

  function body(detail: TrialDetail, shared: readonly FactGroup[]): HTMLElement[] {
    const pictures = element("div", ...detail.series.map(picture));
    pictures.className = "small-pictures";
    const log = element("pre", detail.log.join("\n"));
    log.tabIndex = 0;
    log.setAttribute("aria-label", "The end of the log");
    return [
      list(detail.facts),
      pictures,
      ...[...detail.groups, ...shared].map(folded),
      ...(detail.log.length > 0 ? [element("h4", "Log"), log] : []),
      ...(detail.logNote === "" ? [] : [element("p", detail.logNote)]),
    ];
  }

  function put(place: HTMLElement, content: readonly Element[], isNew: boolean): void {
    const fresh = place.cloneNode(false) as HTMLElement;
    fresh.append(...content);
    change(place, fresh);
    place.hidden = false;
    if (!isNew) return;
    const log = place.querySelector("pre");
    if (log) log.scrollTop = log.scrollHeight;
    // Beneath a table that fills the screen nobody would see it.
    place.scrollIntoView?.({ block: "nearest" });
  }

  async function ask(place: HTMLElement, row: TrialRow, isNew: boolean): Promise<void> {
    let content: HTMLElement[];
    try {
      const answer = await fetch(`/trial/${encodeURIComponent(row.id)}`, { cache: "no-cache" });
      if (!answer.ok) throw new Error(await answer.text());
      content = body((await answer.json()) as TrialDetail, []);
    } catch (error) {
      content = [
        element("p", `The trial could not be read: ${error instanceof Error ? error.message : String(error)}`),
      ];
    }
    if (current === row.id) put(place, [head(row), ...content], isNew);
  }

  return (trials, row, isNew) => {
    const place = document.getElementById("trial-detail");
    if (!place) return;
    const isAnother = row?.id !== current;
    current = row?.id ?? "";
    if (!row) {
      place.hidden = true;
      place.replaceChildren();
    } else if (row.detail) put(place, [head(row), ...body(row.detail, trials.shared[row.shared] ?? [])], isNew);
    else if (document.documentElement.dataset["live"] === undefined)
      put(place, [head(row), element("p", "This page does not hold the files of its trials.")], isNew);
    else {
      if (isAnother) put(place, [head(row), element("p", "Reading the files of this trial ...")], isNew);
      void ask(place, row, isNew);
    }
  };
}
