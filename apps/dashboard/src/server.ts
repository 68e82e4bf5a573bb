export { serveFolder, type Served, type ServeOptions } from "./server/serve-folder.ts";
export { openFolder, type OpenFolderOptions } from "./server/open-folder.ts";
export { studyFolderPage, type StudyFolderPageOptions } from "./server/study-folder-page.ts";
