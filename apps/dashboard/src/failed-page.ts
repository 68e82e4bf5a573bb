import { html } from "./html.ts";
import { pageFrame } from "./page-frame.ts";

/** What a served page says while its folder cannot be read; it comes back by itself when the folder does. */
export function failedPage(dir: string, sentence: string): string {
  return pageFrame({
    title: "not readable",
    live: "failed",
    sections: [
      html`<header id="head">
        <p class="eyebrow">Attention Lab, ${dir}</p>
        <h1>This folder cannot be shown now</h1>
        <div class="state failed" role="alert">
          <p><strong>${sentence}</strong></p>
          <p>Nothing was changed. The page looks again whenever the folder changes.</p>
        </div>
      </header>`,
    ],
  });
}
