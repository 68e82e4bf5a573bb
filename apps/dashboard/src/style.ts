import { variables } from "./colors.ts";

/** Colours of the page alone, beside those of the pictures: a soft ground, the rim of a control, focus, failed, done. */
const light = "--soft:#f3f4f6;--edge:#80868b;--focus:#0b57d0;--bad:#b3261e;--good:#1a6b3c";
const dark = "--soft:#202328;--edge:#80868b;--focus:#8ab4f8;--bad:#f2a49e;--good:#7fd6a4";

/** All custom properties of a theme. */
export function themeVariables(theme: "light" | "dark"): string {
  return `${variables(theme)};${theme === "light" ? light : dark}`;
}

/** The page's style sheet. System fonts only: nothing is requested from anywhere. */
export const style = `
:root { color-scheme: light dark; ${themeVariables("light")} }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { ${themeVariables("dark")} } }
:root[data-theme=dark] { color-scheme: dark; ${themeVariables("dark")} }
:root[data-theme=light] { color-scheme: light }
html { overflow-anchor: none } * { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.5 "DejaVu Sans", Verdana, system-ui, sans-serif }
main { max-width: 1100px; margin: 0 auto; padding: 24px 20px 64px }
h1 { font-size: clamp(22px, 4vw, 30px); line-height: 1.25; margin: 4px 0 8px; text-wrap: balance }
h2 { font-size: 19px; margin: 40px 0 8px }
p { margin: 8px 0 }
.eyebrow, .small, figcaption { color: var(--quiet); font-size: 13.5px }
.eyebrow { margin: 0 }
.state { border-left: 4px solid var(--quiet); background: var(--soft); padding: 10px 14px; margin: 16px 0; border-radius: 0 6px 6px 0 }
.state.failed { border-color: var(--bad) }
.state progress { width: 100%; height: 8px; accent-color: var(--focus) }
code { font: 0.9em "DejaVu Sans Mono", ui-monospace, monospace; background: var(--soft); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px }
.switch { border: 0; padding: 0; margin: 20px 0 4px; display: flex; flex-wrap: wrap; gap: 8px }
.switch legend { float: left; padding: 0; margin-right: 6px; font-size: 14px; color: var(--quiet); align-self: center }
button, input, select { font: inherit; color: inherit }
.switch button { border: 1px solid var(--edge); background: none; padding: 5px 14px; border-radius: 99px; cursor: pointer; font-size: 14px }
.switch button[aria-pressed=true] { background: var(--text); color: var(--paper); border-color: var(--text) }
figure { margin: 12px 0 24px }
.scroll { overflow-x: auto; border-radius: 6px }
figure .scroll > svg { display: block; width: 100%; min-width: 680px; height: auto }
.names { display: none; flex-wrap: wrap; gap: 2px 14px; margin-top: 4px }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 6px 9px; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; white-space: nowrap }
.right { text-align: right }
thead th { white-space: normal; color: var(--quiet); font-weight: 600; border-bottom-color: var(--guide); vertical-align: bottom }
th button { all: unset; cursor: pointer; font-weight: 600 }
th button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
th button::after { content: "\\a0\\2195"; color: var(--edge) }
th[aria-sort=ascending] button::after { content: "\\a0\\2191"; color: inherit }
th[aria-sort=descending] button::after { content: "\\a0\\2193"; color: inherit }
tbody tr:hover { background: var(--soft) }
.interval { color: var(--quiet) }
.mark { width: 13px; height: 13px; margin-right: 7px; vertical-align: -1px; overflow: visible }
thead input, thead select { width: 100%; min-width: 72px; padding: 2px 5px; border: 1px solid var(--edge); border-radius: 4px; background: var(--paper); font-size: 13px; font-weight: 400 }
.yes { color: var(--good) } .no { color: var(--bad) }
summary { cursor: pointer } details p { white-space: normal; max-width: 44ch; margin: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 6px 0; white-space: normal } dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
ul { padding-left: 20px } li { margin: 4px 0 }
.bar { max-width: 1100px; margin: 0 auto; padding: 10px 20px 0; display: flex; justify-content: flex-end; align-items: center; gap: 14px; font-size: 13px; color: var(--quiet) }
.bar p { margin: 0 }
.bar button, #trial-close { border: 1px solid var(--edge); background: none; padding: 3px 11px; border-radius: 99px; cursor: pointer; font-size: 13px }
main { padding-top: 8px }
.find { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin: 8px 0 }
.find input { flex: 1 1 260px; max-width: 520px; padding: 5px 10px; border: 1px solid var(--edge); border-radius: 6px; background: var(--paper); font-size: 14px }
::placeholder { color: var(--quiet); opacity: 1 }
.lifted { stroke-opacity: 1; fill-opacity: 1 } .receding { opacity: .22 }
figure svg [aria-label^="curve "] { transition: opacity .12s }
#trials-scroll { max-height: 70vh; overflow: auto; contain: content; border: 1px solid var(--grid) }
#trials { font-size: 13px; table-layout: fixed; min-width: max-content; border-collapse: separate; border-spacing: 0 }
#trials thead { position: sticky; top: 0; background: var(--paper); z-index: 1 }
#trials th { padding: 5px 7px }
#trials td { height: 34px; padding: 0 7px; overflow: hidden; text-overflow: ellipsis; vertical-align: middle }
#trials .spacer, #trials .spacer:hover { background: none }
#trials tbody tr[data-trial] { cursor: pointer }
#trials tbody tr[aria-selected=true] { background: var(--soft); box-shadow: inset 3px 0 var(--focus) }
#trials td button { all: unset; cursor: pointer; font: 0.9em "DejaVu Sans Mono", ui-monospace, monospace; text-decoration: underline; text-decoration-color: var(--guide) }
#trials td button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px }
#trial-detail { border: 1px solid var(--grid); border-radius: 6px; margin: 12px 0; padding: 4px 16px 12px; background: var(--soft); font-size: 14px }
.detail-head { display: flex; justify-content: space-between; align-items: center; gap: 12px; position: sticky; top: 0 }
h3 { font-size: 16px; margin: 10px 0 } h4 { font-size: 14px; margin: 10px 0 4px }
pre { overflow: auto; max-height: 320px; background: var(--paper); border: 1px solid var(--grid); border-radius: 4px; padding: 8px 10px; font: 12.5px/1.45 "DejaVu Sans Mono", ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
.small-pictures { display: flex; flex-wrap: wrap; gap: 16px }
figure.small-picture { margin: 8px 0; width: min(320px, 100%) } figure.small-picture svg { display: block; width: 100%; height: auto; background: var(--paper); border: 1px solid var(--grid); border-radius: 4px; color: var(--curve-1) }
.small-picture text { font-size: 11px; fill: var(--quiet) } .small-picture .axis { fill: none; stroke: var(--guide) }
#trial-detail details { margin: 6px 0 } #trial-detail summary { font-weight: 600 }
.small-picture .dot { fill: currentColor } .small-picture .curve { fill: none; stroke: currentColor; stroke-width: 1.8 }
kbd { font: 0.9em "DejaVu Sans Mono", ui-monospace, monospace; border: 1px solid var(--guide); border-radius: 4px; padding: 0 5px }
footer { margin-top: 48px; border-top: 1px solid var(--grid); padding-top: 12px }
[hidden] { display: none !important }
@media (max-width: 720px) { .names { display: flex } }
@media (max-width: 500px) { main { padding: 16px 14px 48px } th, td { padding: 5px 7px } }
@media print {
  @page { margin: 12mm }
  html:root:root { color-scheme: light; ${themeVariables("light")} }
  main { max-width: none; padding: 0 } body { font-size: 11px } table { font-size: 10px } h1 { font-size: 18px } h2 { margin-top: 14px; font-size: 14px }
  .small, .eyebrow, footer { font-size: 9px; margin-top: 8px } p { margin: 3px 0 } th, td { padding: 3px 5px; white-space: normal; overflow-wrap: anywhere } .scroll { overflow: visible }
  .bar, .switch, .trials, th button::after, details.small:not([open]), footer details { display: none !important }
  .names { display: none } figure { margin: 4px 0; break-inside: avoid } figure .scroll > svg { width: 146mm; min-width: 0 } table { break-inside: avoid }
}
`;
