import { type Report, type StudyReport, formatSeconds } from "@attention-lab/results/browser";
import { type Markup, html } from "./html.ts";
import { studyRemaining } from "./study-remaining.ts";

/** Empty, running or with failures: what a reader must know before the figures. Nothing when all went well. */
export function pageState({ progress, curves }: Report, isLive: boolean): Markup | undefined {
  const { planned, finished, failed, remainingSeconds } = progress;
  if (curves.length === 0) return emptyState(planned, isLive);
  return html`${
    finished < planned && runningState({ planned, ended: finished, done: finished, now: "", left: remainingSeconds })
  }
  ${
    failed > 0 &&
    failedState(failed, planned, "Each ends its line with a cross in the pictures; the table of trials says why.")
  }`;
}

/** The same for a study. */
export function studyState(report: StudyReport, isLive: boolean): Markup | undefined {
  const { planned, done, failed, begun, waiting } = report.progress;
  if (done + failed + begun === 0) return emptyState(planned, isLive);
  const now = `${begun} ${begun === 1 ? "is" : "are"} running, ${waiting} ${waiting === 1 ? "waits" : "wait"}.`;
  return html`${
    begun + waiting > 0 && runningState({ planned, ended: done + failed, done, now, left: studyRemaining(report) })
  }
  ${failed > 0 && failedState(failed, planned, "The table of trials says why; a trial opens to the end of its log.")}`;
}

function emptyState(planned: number, isLive: boolean): Markup {
  return html`<div class="state" role="status">
    <p>
      <strong>Nothing has been measured yet.</strong> ${planned} trials are planned. Start or resume the sweep with
      <code>attn sweep FILE --out DIR</code>${
        isLive
          ? html`; this page fills while it runs.`
          : html`, then make this page again with <code>attn report DIR</code>.`
      }
    </p>
  </div>`;
}

interface Running {
  readonly planned: number;
  readonly ended: number;
  readonly done: number;
  /** What the others are at. */
  readonly now: string;
  /** Seconds, where they are known. */
  readonly left: number | null;
}

function runningState({ planned, ended, done, now, left }: Running): Markup {
  return html`<div class="state" role="status">
    <p>
      <strong>Not finished: ${done} of ${planned} trials are.</strong> ${now}
      ${left !== null && `About ${duration(left)} of measuring are left.`} Figures and intervals may still change.
    </p>
    <progress max="${planned}" value="${ended}" aria-label="Finished trials"></progress>
  </div>`;
}

function failedState(failed: number, planned: number, where: string): Markup {
  return html`<div class="state failed" role="status">
    <p><strong>${failed} of ${planned} trials failed.</strong> ${where}</p>
  </div>`;
}

function duration(seconds: number): string {
  if (seconds < 90) return formatSeconds(seconds);
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
