/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * While the page is served it follows its folder: told of a change, it fetches itself and exchanges the sections that differ.
 * Written into the page as text: nothing from outside its body may be used.
 */
export function liveView(changed: () => void): void {
  const status = document.getElementById("live");
  if (document.documentElement.dataset["live"] === undefined || !status) return;
  let version = "";
  let fetching = false;
  const sources = new Map<string, string>();

  const tell = (text: string) => {
    if (status.textContent !== text) status.textContent = text;
  };

  function exchange(fresh: Document): void {
    const known = new Set<string>();
    const main = document.querySelector("main");
    let before: Element | null = null;
    for (const part of fresh.querySelectorAll("main > [id]")) {
      known.add(part.id);
      const old = document.getElementById(part.id);
      const adopted = document.importNode(part, true);
      if (part.id === "trials-section" && old && sameColumns(old, part)) {
        // The table keeps its rows, its filters and the focus; only what it draws from is exchanged.
        const data = old.querySelector("#trials-data");
        if (data) data.textContent = part.querySelector("#trials-data")?.textContent ?? "";
      } else if (!old) main?.insertBefore(adopted, before ? before.nextSibling : main.firstChild);
      else if (sources.get(part.id) !== part.outerHTML) old.replaceWith(adopted);
      sources.set(part.id, part.outerHTML);
      before = document.getElementById(part.id);
    }
    for (const part of document.querySelectorAll("main > [id]")) if (!known.has(part.id)) part.remove();
  }

  const sameColumns = (old: Element, part: Element) =>
    old.querySelector("thead tr")?.textContent === part.querySelector("thead tr")?.textContent;

  async function refresh(wanted: string): Promise<void> {
    if (fetching || wanted === version) return;
    fetching = true;
    try {
      const answer = await fetch(location.pathname, { cache: "no-cache" });
      if (!answer.ok) throw new Error(await answer.text());
      exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
      changed();
      version = wanted;
      tell(`Live, changed at ${new Date().toLocaleTimeString()}`);
    } catch (error) {
      tell(`The folder could not be shown: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      fetching = false;
    }
  }

  const events = new EventSource("/events");
  events.addEventListener("message", ({ data }) => {
    if (version === "") {
      version = document.documentElement.dataset["live"] ?? "";
      tell("Live");
    }
    void refresh(String(data));
  });
  events.addEventListener("error", () => tell("The server has ended, or cannot be reached; this is the last state"));
}
