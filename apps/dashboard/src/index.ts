export { renderPage, type PageOptions } from "./render-page.ts";
export type { Support } from "./support-table.ts";
