import { createHash } from "node:crypto";
import { Markup, html } from "./html.ts";
import { pageScriptText } from "./script/page-script.ts";
import { style } from "./style.ts";

export interface FrameParts {
  readonly title: string;
  /** Sections with ids, in their order: a served page exchanges those that changed. */
  readonly sections: readonly (Markup | undefined | false)[];
  /** What the folder is at, where the page is served and follows it; absent in a page that is a file. */
  readonly live?: string | undefined;
}

/** The document around the sections: one self-contained HTML text. */
export function pageFrame({ title, sections, live }: FrameParts): string {
  const script = pageScriptText();
  const page = html`<!doctype html>
    <html lang="en" ${live === undefined ? "" : html` data-live="${live}"`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy(live !== undefined)}" />
        <title>${title}: Attention Lab</title>
        <link rel="icon" href="data:," />
        ${new Markup(`<style>${style}</style>`)}
      </head>
      <body>
        <div class="bar">
          <p id="live" role="status"></p>
          <button type="button" id="theme">Theme: as the system's</button>
        </div>
        <main>${sections}</main>
        ${new Markup(`<script>${script}</script>`)}
      </body>
    </html> `;
  return page.text;
}

/**
 * Nothing may be requested from anywhere, by the browser's own word; a served page asks its server alone. Of scripts only the page's own runs,
 * known by its hash: whatever a folder might smuggle in would not.
 */
export function contentPolicy(live: boolean): string {
  const hash = createHash("sha256").update(pageScriptText()).digest("base64");
  const policy = `default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:`;
  return live ? `${policy}; connect-src 'self'` : policy;
}

/** What the keys do; the same words on every page. */
export function keyWords(): Markup {
  const keys: readonly (readonly [string, string])[] = [
    ["1 to 9", "what is measured: forward, forward and backward, ..."],
    ["/", "to the field that finds trials"],
    ["arrows, page up and down", "along the trials"],
    ["Enter, Escape", "open a trial, close it"],
    ["t", "theme: the system's, light, dark"],
  ];
  return html`<details>
    <summary>Keys</summary>
    <dl>
      ${keys.map(
        ([key, meaning]) =>
          html`<dt><kbd>${key}</kbd></dt>
            <dd>${meaning}</dd>`,
      )}
    </dl>
    <p>
      Terms such as <code>variant:performer length&gt;1024 time&lt;5ms</code> must all hold; a column's own filter takes
      a part of the text, or a bound such as <code>&gt; 20 ms</code>.
    </p>
  </details>`;
}
