import { variables } from "./colors.ts";

/** The page's style sheet. System fonts only: nothing is requested from anywhere. */
export const style = `
:root { color-scheme: light dark; ${variables("light")}; --soft: #f3f4f6; --focus: #0b57d0; --bad: #b3261e; --good: #1a6b3c }
@media (prefers-color-scheme: dark) {
  :root { ${variables("dark")}; --soft: #202328; --focus: #8ab4f8; --bad: #f2a49e; --good: #7fd6a4 }
}
* { box-sizing: border-box }
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
.switch button { border: 1px solid var(--guide); background: none; padding: 5px 14px; border-radius: 99px; cursor: pointer; font-size: 14px }
.switch button[aria-pressed=true] { background: var(--text); color: var(--paper); border-color: var(--text) }
figure { margin: 12px 0 24px }
.scroll { overflow-x: auto; border-radius: 6px }
figure svg { display: block; width: 100%; min-width: 680px; height: auto }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 6px 9px; border-bottom: 1px solid var(--grid); text-align: left; vertical-align: top; white-space: nowrap }
.right { text-align: right }
thead th { white-space: normal; color: var(--quiet); font-weight: 600; border-bottom-color: var(--guide); vertical-align: bottom }
th button { all: unset; cursor: pointer; font-weight: 600 }
th button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
th button::after { content: " \\2195"; color: var(--guide) }
th[aria-sort=ascending] button::after { content: " \\2191"; color: inherit }
th[aria-sort=descending] button::after { content: " \\2193"; color: inherit }
tbody tr:hover { background: var(--soft) }
.interval { color: var(--quiet) }
.mark { width: 13px; height: 13px; margin-right: 7px; vertical-align: -1px; overflow: visible }
thead input, thead select { width: 100%; min-width: 72px; padding: 2px 5px; border: 1px solid var(--guide); border-radius: 4px; background: var(--paper); font-size: 13px; font-weight: 400 }
.yes { color: var(--good) } .no { color: var(--bad) }
summary { cursor: pointer } details p { white-space: normal; max-width: 44ch; margin: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 6px 0; white-space: normal } dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
ul { padding-left: 20px } li { margin: 4px 0 }
footer { margin-top: 48px; border-top: 1px solid var(--grid); padding-top: 12px }
[hidden] { display: none !important }
@media (max-width: 500px) { main { padding: 16px 14px 48px } th, td { padding: 5px 7px } }
@media print {
  @page { margin: 12mm }
  :root { ${variables("light")} }
  main { max-width: none; padding: 0 } body { font-size: 11px } table { font-size: 10px } h1 { font-size: 18px } h2 { margin-top: 14px; font-size: 14px }
  .switch, .trials, th button::after, thead tr.filters { display: none !important }
  figure { margin: 4px 0; break-inside: avoid } figure svg { width: 115mm; min-width: 0 } table { break-inside: avoid }
}
`;
