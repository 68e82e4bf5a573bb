import {
  type Report,
  type ReportCurve,
  type ReportPoint,
  formatBytes,
  formatLength,
  formatSeconds,
  markStyles,
  phaseTitle,
  statusWord,
} from "@attention-lab/results/browser";
import { type Markup, html } from "./html.ts";
import { mark } from "./variants-table.ts";

const heads = ["variant", "phase", "length", "status", "time", "quartiles", "peak memory", "resident", "trial"];

/** Every trial, with a filter per column; each opens to its configuration and its repeats. */
export function trialsTable(report: Report): Markup {
  const styles = markStyles(report);
  const trials = report.curves.flatMap((curve) => curve.points.map((point) => ({ curve, point })));
  const rows = trials.map(
    ({ curve, point }) =>
      html`<tr>
        <th scope="row">${mark(styles.get(curve.label))}${curve.label}</th>
        <td>${phaseTitle(curve.phase)}</td>
        ${figures(point)}
        <td>${oneTrial(curve, point)}</td>
      </tr>`,
  );
  const choices = (values: readonly string[]) => [...new Set(values)].map((value) => html`<option>${value}</option>`);
  const select = (name: string, column: number, values: readonly string[]) =>
    html`<th>
      <select name="${name}" data-filter="${column}" aria-label="Filter by ${name}">
        <option value="">all</option>
        ${choices(values)}
      </select>
    </th>`;
  const input = (name: string, column: number) =>
    html`<th>
      <input name="${name}" data-filter="${column}" aria-label="Filter by ${name}" placeholder="contains" />
    </th>`;
  return html`<section class="trials">
    <h2>Trials</h2>
    <p class="small" id="trials-count" role="status">${trials.length} trials</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of trials">
      <table id="trials">
        <thead>
          <tr>
            ${heads.map((head, i) => html`<th scope="col" class="${i > 1 && i < 8 && i !== 3 ? "right" : "left"}">${i < 8 ? html`<button type="button">${head}</button>` : head}</th>`)}
          </tr>
          <tr class="filters">
            ${select(
              "variant",
              0,
              trials.map(({ curve }) => curve.label),
            )}${select(
              "phase",
              1,
              trials.map(({ curve }) => phaseTitle(curve.phase)),
            )}${select(
              "length",
              2,
              trials.map(({ point }) => formatLength(point.length)),
            )}${select(
              "status",
              3,
              trials.map(({ point }) => statusWord(point.status)),
            )}${heads.slice(4, 8).map((head, i) => input(head, i + 4))}${input("trial", 8)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

function figures({ length, status, seconds, low, high, peakBytes, residentBytes }: ReportPoint): Markup[] {
  return [
    number(formatLength(length), length),
    html`<td class="${status === "ok" ? "yes" : status === "running" || status === "pending" ? "" : "no"}">
      ${statusWord(status)}
    </td>`,
    number(seconds === null ? "-" : formatSeconds(seconds), seconds),
    number(low === null || high === null ? "-" : `${formatSeconds(low)} - ${formatSeconds(high)}`, low),
    number(peakBytes === null ? "-" : formatBytes(peakBytes), peakBytes),
    number(residentBytes === null ? "-" : formatBytes(residentBytes), residentBytes),
  ];
}

function number(text: string, sort: number | null): Markup {
  return sort === null
    ? html`<td class="right">${text}</td>`
    : html`<td class="right" data-sort="${sort}">${text}</td>`;
}

function oneTrial({ options }: ReportCurve, { trial, config, predicted, samples, message }: ReportPoint): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ["id", trial],
    ...(message === null ? [] : [["failure", message] as const]),
    ["options", JSON.stringify(options)],
    ["run on", `${config.backend} (engine ${config.engine}), ${config.threads} threads, ${config.precision}`],
    [
      "shape",
      `batch ${config.batch}, ${config.heads} heads of ${config.headDim}, ${config.causal ? "causal" : "not causal"}`,
    ],
    [
      "declared",
      `${predicted.flops.toExponential(2)} operations, ${formatBytes(predicted.peakBytes)}, ${predicted.parameters} parameters`,
    ],
    ["repeats", samples.map(formatSeconds).join(", ") || "none"],
  ];
  return html`<details>
    <summary><code>${trial.slice(0, 8)}</code></summary>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${scatter(samples)}
  </details>`;
}

/** The repeats of a trial in the order they were taken: drift and outliers show. */
function scatter(samples: readonly number[]): Markup | undefined {
  const [low, high] = [Math.min(...samples), Math.max(...samples)];
  if (samples.length < 2 || high === low) return undefined;
  const dots = samples.map((seconds, i) => {
    const [x, y] = [6 + (228 * i) / (samples.length - 1), 54 - (48 * (seconds - low)) / (high - low)];
    return html`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="currentColor" />`;
  });
  const words = `Repeats from ${formatSeconds(low)} to ${formatSeconds(high)}, in the order they were taken`;
  return html`<svg width="240" height="60" viewBox="0 0 240 60" role="img" aria-label="${words}">${dots}</svg>
    <p class="small">${words}</p>`;
}
