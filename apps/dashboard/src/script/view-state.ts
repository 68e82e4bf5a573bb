/// <reference lib="dom" />

/** What the reader has chosen, kept in the address after "#" (which files opened from a disk have too): a link shows what its sender saw. */
export interface ViewState {
  get(key: string): string;
  set(key: string, value: string): void;
}

/** Written into the page as text: nothing from outside its body may be used. */
export function viewState(): ViewState {
  const read = () => new URLSearchParams(location.hash.slice(1));
  return {
    get: (key) => read().get(key) ?? "",
    set(key, value) {
      const state = read();
      if (value === "") state.delete(key);
      else state.set(key, value);
      history.replaceState(null, "", `#${state.toString()}`);
    },
  };
}
