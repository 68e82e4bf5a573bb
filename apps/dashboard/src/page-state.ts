import { type Report, formatSeconds } from "@attention-lab/results/browser";
import { type Markup, html } from "./html.ts";

/** Empty, running or with failures: what a reader must know before the figures. Nothing when all went well. */
export function pageState({ progress, curves }: Report): Markup | undefined {
  const { planned, finished, failed, remainingSeconds } = progress;
  if (curves.length === 0)
    return html`<div class="state" role="status">
      <p>
        <strong>Nothing has been measured yet.</strong> ${planned} trials are planned. Start or resume the sweep with
        <code>attn sweep FILE --out DIR</code>, then make this page again with <code>attn report DIR</code>.
      </p>
    </div>`;
  const lost =
    failed > 0 &&
    html`<div class="state failed" role="status">
      <p>
        <strong>${failed} of ${planned} trials failed.</strong> Each ends its line with a cross in the pictures; the
        table of trials says why.
      </p>
    </div>`;
  const running =
    finished < planned &&
    html`<div class="state" role="status">
      <p>
        <strong>Not finished: ${finished} of ${planned} trials are.</strong
        >${remainingSeconds !== null && ` About ${duration(remainingSeconds)} of measuring are left.`} Figures and
        intervals may still change.
      </p>
      <progress max="${planned}" value="${finished}" aria-label="Finished trials"></progress>
    </div>`;
  return html`${running}${lost}`;
}

function duration(seconds: number): string {
  return seconds < 90 ? formatSeconds(seconds) : `${Math.round(seconds / 60)} minutes`;
}
