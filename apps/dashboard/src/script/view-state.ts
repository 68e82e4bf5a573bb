/// <reference lib="dom" />

/** What the reader has chosen, kept in the address after "#" (which files opened from a disk have too): a link shows what its sender saw. */
export interface ViewState {
  get(key: string): string;
  /** Typing changes the address; a step can be undone by the browser's back button. */
  set(key: string, value: string, as?: "step"): void;
}

/** Written into the page as text: nothing from outside its body may be used. */
export function viewState(): ViewState {
  const read = () => new URLSearchParams(location.hash.slice(1));
  return {
    get: (key) => read().get(key) ?? "",
    set(key, value, as) {
      const state = read();
      if ((state.get(key) ?? "") === value) return;
      if (value === "") state.delete(key);
      else state.set(key, value);
      const address = `#${state.toString()}`;
      if (as === "step") history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    },
  };
}
