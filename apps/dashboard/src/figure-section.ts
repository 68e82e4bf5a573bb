import { themedSvg } from "./colors.ts";
import { Markup, html } from "./html.ts";

/**
 * Pictures below each other, in the page's colours; each can be scrolled where the screen is narrow. The names at the right ends of the lines
 * are out of sight there: `names` stand beneath the pictures instead.
 */
export function figureList(figures: readonly { readonly svg: string }[], names: readonly Markup[] = []): Markup[] {
  return figures.map(
    ({ svg }) =>
      html`<figure>
        <div class="scroll" tabindex="0" role="region" aria-label="Picture">${new Markup(themedSvg(svg))}</div>
        ${names.length > 0 && html`<figcaption class="names">${names.map((name) => html`<span>${name}</span>`)}</figcaption>`}
      </figure>`,
  );
}

interface Skipped {
  readonly config: Readonly<Record<string, unknown>>;
  readonly because: string;
}

/** What the plan left out, with its sentence. */
export function skippedList(skipped: readonly Skipped[]): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const items = skipped.map(({ config, because }) => html`<li><code>${words(config)}</code> ${because}</li>`);
  return html`<section id="skipped">
    <h2>Skipped by the plan</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}

function words(config: Readonly<Record<string, unknown>>): string {
  return Object.entries(config)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
