/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * While the page is served it follows its folder: told of a change, it fetches itself and changes what differs.
 * Written into the page as text: nothing from outside its body may be used but what it is given.
 */
export function liveView(changed: () => void, morph: (old: Element, fresh: Element) => void): void {
  const status = document.getElementById("live");
  if (document.documentElement.dataset["live"] === undefined || !status) return;
  let version = document.documentElement.dataset["live"];
  let wanted = version;
  let isFetching = false;

  const tell = (text: string) => {
    if (status.textContent !== text) status.textContent = text;
  };

  function exchange(fresh: Document): void {
    const main = document.querySelector("main");
    const sections = [...fresh.querySelectorAll("main > [id]")];
    for (const part of document.querySelectorAll("main > [id]"))
      if (!sections.some(({ id }) => id === part.id)) part.remove();
    let before: Element | null = null;
    for (const part of sections) {
      const old = document.getElementById(part.id);
      // The rows and the opened trial are the script's: only the frame around them and what they are drawn from is exchanged.
      for (const own of ["#trials tbody", "#trial-detail", "#trials-count"]) {
        const mine = old?.querySelector(own);
        if (mine) part.querySelector(own)?.replaceWith(mine.cloneNode(true));
      }
      if (old) morph(old, part);
      else main?.insertBefore(document.importNode(part, true), before ? before.nextSibling : main.firstChild);
      before = document.getElementById(part.id);
    }
    document.title = fresh.title;
  }

  /** What the reader looks at stays where it is, though pictures above it grow. */
  function keepingPlace(change: () => void): void {
    const seen = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("main *");
    const before = seen?.getBoundingClientRect().top ?? 0;
    change();
    if (seen?.isConnected) scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
  }

  async function refresh(): Promise<void> {
    if (isFetching || wanted === version) return;
    isFetching = true;
    const asked = wanted;
    let isShown = false;
    const slow = setTimeout(() => tell("Live, drawing what has changed ..."), 700);
    try {
      const answer = await fetch(location.pathname, { cache: "no-cache" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      keepingPlace(() => {
        exchange(fresh);
        changed();
      });
      version = asked;
      isShown = true;
      tell(answer.ok ? `Live, changed at ${new Date().toLocaleTimeString()}` : "Live, but the folder cannot be shown");
    } catch {
      tell("The server cannot be reached; this is the last state");
    } finally {
      clearTimeout(slow);
      isFetching = false;
    }
    // What could not be had is asked for again when the server says so, and not at once.
    if (isShown) void refresh();
  }

  const events = new EventSource("/events");
  events.addEventListener("open", () => tell("Live"));
  events.addEventListener("message", ({ data }) => {
    wanted = String(data);
    void refresh();
  });
  events.addEventListener("error", () => tell("The server has ended, or cannot be reached; this is the last state"));
}
