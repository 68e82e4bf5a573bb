import { parseHTML } from "linkedom";
import { pageScriptText } from "../src/script/page-script.ts";

/** A page whose script has run at an address, outside a browser: nothing is laid out, but everything is decided. */
export function opened(text: string, hash = "") {
  const { document } = parseHTML(text);
  // linkedom's choices have no value.
  for (const select of document.querySelectorAll("select"))
    Object.defineProperty(select, "value", { value: "", writable: true });
  const location = { hash };
  const go = (_state: unknown, _title: string, address: string) => (location.hash = address);
  const history = { replaceState: go, pushState: go };
  const script = pageScriptText();
  // eslint-disable-next-line typescript/no-implied-eval -- the page's own script, run outside a browser
  new Function("document", "location", "history", "addEventListener", script)(document, location, history, () => {});
  const names = (table: string, column = 0) =>
    [...document.querySelectorAll<HTMLElement>(`#${table} tbody tr:not(.spacer)`)].map(
      (row) => row.children[column]?.textContent?.trim() ?? "",
    );
  const press = (selector: string, index = 0) =>
    document
      .querySelectorAll(selector)
      [index]?.dispatchEvent(new document.defaultView!.Event("click", { bubbles: true }));
  const type = (selector: string, value: string) => {
    const field = document.querySelector<HTMLInputElement>(selector);
    if (!field) throw new Error(`no field ${selector}`);
    field.value = value;
    field.dispatchEvent(new document.defaultView!.Event("input", { bubbles: true }));
  };
  return { document, location, names, press, type };
}
